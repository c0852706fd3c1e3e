/// A member of a mapping: its name, and its text with the comments above.
#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    pub text: String,
}

impl Member {
    /// Whether this is a resource that is a function.
    pub fn is_function(&self) -> bool {
        self.is_a("AWS::Serverless::Function")
    }

    /// Whether this is a resource of this type.
    pub fn is_a(&self, kind: &str) -> bool {
        self.text.contains(&format!("\n    Type: {kind}\n"))
    }
}

/// The properties of a resource.
pub fn properties(resource: &Member) -> Vec<Member> {
    let attributes = members(&resource.text, 4).1.into_iter();
    let properties = attributes.filter(|attribute| attribute.name == "Properties");
    properties.flat_map(|properties| members(&properties.text, 6).1).collect()
}

/// The members of a mapping with this indentation, and the text before the first one.
pub fn members(text: &str, indentation: usize) -> (String, Vec<Member>) {
    split(text, |line| name(line, indentation), &format!("{}#", " ".repeat(indentation)))
}

/// The members of a mapping with this indentation whose names can have any form, such as routes.
pub fn keys(text: &str, indentation: usize) -> Vec<Member> {
    split(text, |line| key(line, indentation), &format!("{}#", " ".repeat(indentation))).1
}

/// The items of a list with this indentation.
pub fn items(text: &str, indentation: usize) -> Vec<String> {
    let start = format!("{}- ", " ".repeat(indentation));
    let is_item = |line: &str| line.starts_with(&start).then(String::new);
    split(text, is_item, &format!("{}#", " ".repeat(indentation))).1.into_iter().map(|item| item.text).collect()
}

/// Splits a text at the lines that have a name. Comments above such a line belong to it.
fn split(text: &str, name: impl Fn(&str) -> Option<String>, comment: &str) -> (String, Vec<Member>) {
    let (mut before, mut found, mut comments) = (String::new(), Vec::<Member>::new(), String::new());
    for line in text.split_inclusive('\n') {
        if line.starts_with(comment) {
            comments += line;
        } else if let Some(name) = name(line) {
            found.push(Member { name, text: std::mem::take(&mut comments) + line });
        } else {
            let last = found.last_mut().map_or(&mut before, |member| &mut member.text);
            *last += &std::mem::take(&mut comments);
            *last += line;
        }
    }
    *found.last_mut().map_or(&mut before, |member| &mut member.text) += &comments;
    (before, found)
}

/// The name of the member that begins in this line.
fn name(line: &str, indentation: usize) -> Option<String> {
    let (spaces, rest) = line.split_at_checked(indentation)?;
    let (name, _) = rest.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_name && spaces.bytes().all(|byte| byte == b' ')).then(|| name.to_owned())
}

/// The key that begins in this line, with or without quotes.
fn key(line: &str, indentation: usize) -> Option<String> {
    let (spaces, rest) = line.split_at_checked(indentation)?;
    let is_deeper = rest.starts_with(|first: char| first.is_whitespace());
    let name = rest.split_once(": ").map(|(name, _)| name).or_else(|| rest.trim_end().strip_suffix(':'))?;
    let is_key = spaces.bytes().all(|byte| byte == b' ') && !is_deeper;
    is_key.then(|| name.trim_matches(['"', '\'']).to_owned())
}
