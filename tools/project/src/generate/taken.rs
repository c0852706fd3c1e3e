//! Names that generated code uses itself.

/// Names that no resource has, in the plural or in the singular: variables, functions, modules and crates.
pub const RESOURCES: &str = "act api app audit auth authority body by change client committed context created cursor \
    db deleter demo differing done dynamo edited endpoint entry error event field fields id idempotency if_match \
    item jiff json key lib limit list main millis new now once operator option outcome own page paged part partition \
    parts path permit purged race reader recorded request response result revision route row schemars serde staff \
    stale string subject superuser table tests text timestamp user uuid value version writer written";

/// Members of log lines that have another meaning.
pub const MEMBERS: &str = "address cause code level name reason status timestamp";

/// Types and traits that templates import, or that every module has from Rust.
pub const TYPES: &str = "Act Answer Anyone AsMut AsRef AsyncFn AsyncFnMut AsyncFnOnce AttributeValue Audit \
    AuditEntry Body Box Change Client Clone Code Committed Context Copy Created Db Debug Default DoubleEndedIterator \
    Drop Edited Endpoint Eq Erasure Err Error ExactSizeIterator Extend Fields Fn FnMut FnOnce From FromIterator \
    FromPath Future Hash HashMap HasRevision Idempotency IdempotencyKey IfMatch Into IntoFuture IntoIterator Invalid \
    Item Iterator Json JsonSchema Limit LostRaces Method Metric NoContent None Ok Once Operator Option Ord Owned \
    OwnedByUser Page Paged PageRequest PartialEq PartialOrd Partition Path Permit Public Purged Response Result \
    Revision Route Row Sealed Self Send Serialize SignedDuration SignedIn Sized Some Staff StaffOnly String \
    Superuser SuperuserOnly Sync Table TableClient TestApp Timestamp ToOwned ToString TryFrom TryInto Unpin User \
    UserId Value Vec Versioned Written";

/// The last words of the names of endpoints that would give their functions the ids of other resources in
/// `template.yaml`.
pub const LAST_WORDS: [&str; 4] = ["_alarm", "_logs", "_role", "_table"];

#[cfg(test)]
mod tests {
    use crate::generate::render::TEMPLATES;

    use super::*;

    /// A line without the expressions of a template.
    fn plain(line: &str) -> String {
        let rest = line.split("{{").map(|part| part.split_once("}}").map_or(part, |(_, rest)| rest));
        let parts: Vec<_> = rest.flat_map(|part| part.split("{%")).collect();
        parts.join("_")
    }

    #[test]
    fn every_type_that_a_template_imports_is_taken() {
        let lines = TEMPLATES.iter().flat_map(|(_, text)| text.lines()).filter(|line| line.starts_with("use "));
        let lines: Vec<String> = lines.map(plain).collect();
        let words = lines.iter().flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
        let is_type = |word: &&str| word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase);
        let types: Vec<&str> = words.filter(is_type).filter(|word| !word.contains('_')).collect();
        assert!(types.len() > 50, "{types:?}");
        for word in types {
            assert!(TYPES.split_whitespace().any(|known| known == word), "{word}");
        }
    }
}
