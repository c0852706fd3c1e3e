use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

/// Number of characters that the estimate reads: its time grows with the length.
const ESTIMATED: usize = 32;
/// Names shorter than this are in too many words to be taken out.
const SHORTEST_NAME: usize = 4;

/// Loads the dictionaries.
pub fn prepare() {
    // This text is long and varied enough to load every dictionary.
    let _ = zxcvbn("nine-patient-Herons 1987-05-12", &[]);
}

/// Whether a password is easy to guess for somebody who knows `hints`.
///
/// Each name in it counts as a word more for the estimate, and three words are enough. So what is left without the names
/// must be worth something as well: a million guesses.
pub fn is_guessable(password: &str, hints: &[&str]) -> bool {
    // Parts of names are as easy to guess as whole names.
    let parts = hints.iter().flat_map(|hint| hint.split(|c: char| !c.is_alphanumeric()));
    let names: Vec<&str> = hints.iter().copied().chain(parts).collect();
    let weak = |rest: Zeroizing<String>| score(&rest, &names) < Score::Two;
    score(password, &names) < Score::Three || without(password, &names).is_some_and(weak)
}

fn score(text: &str, names: &[&str]) -> Score {
    let hints: Vec<&str> = names.iter().copied().filter(|name| name.len() > 2).map(estimated).collect();
    zxcvbn(estimated(text), &hints).score()
}

/// What a password has besides names, in small letters, if there are names in it.
fn without(password: &str, names: &[&str]) -> Option<Zeroizing<String>> {
    let small = Zeroizing::new(password.to_lowercase());
    let mut names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    names.retain(|name| name.chars().count() >= SHORTEST_NAME);
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let rest = names.iter().fold(small.clone(), |rest, name| Zeroizing::new(rest.replace(name, "")));
    (rest != small).then_some(rest)
}

/// The part of a text that is estimated. Hints are cut like passwords, or a name longer than this part would not be found
/// in it.
fn estimated(text: &str) -> &str {
    let end = text.char_indices().nth(ESTIMATED).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use crate::NewPassword;

    #[test]
    fn names_count_for_nothing_in_a_password() {
        let hints = ["velvet-harbours-dev", "quillmarsh-api", "ada.lovelace@example.com"];
        let check = |text: &str, hints: &[&str]| NewPassword::parse(text).unwrap().check(hints).is_ok();
        for named in [
            "VelvetHarbours2026!",
            "velvet-harbours-dev7",
            "Velvet_Harbours_1!",
            "MyQuillmarsh19",
            "Lovelace@Quillmarsh",
        ] {
            assert!(check(named, &[]) && !check(named, &hints), "{named}");
        }
        assert!(check("velvet-purple-lanterns-harbours", &hints) && check("x7Q!velvet2kWv", &hints));
    }

    /// The processor's time of this thread so far, in milliseconds.
    #[cfg(target_os = "linux")]
    fn processor_millis() -> u64 {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        text.split(' ').next().unwrap().parse::<u64>().unwrap() / 1_000_000
    }

    #[test]
    fn a_password_that_is_a_name_is_easy_to_guess_at_any_length() {
        for length in [20, 32, 33, 40, 64] {
            let name: String = "kx7vq2wz9jm4tb6hr3".chars().cycle().take(length).collect();
            let new = NewPassword::parse(&name).unwrap();
            assert!(new.check(&[&name]).is_err(), "{length}");
            assert!(new.check(&[]).is_ok(), "{length}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_estimate_takes_little_time_for_any_password() {
        NewPassword::prepare_checks();
        let names = ["ada.lovelace", "ada.lovelace@example.com", "Ada", "Lovelace"];
        let spent = |text: &str| {
            let password = NewPassword::parse(text).unwrap();
            let before = processor_millis();
            // Often enough for a clock that ticks every 10 ms.
            (0..8).for_each(|_| _ = password.check(&names));
            processor_millis() - before
        };
        for symbols in ["@4({[3!1|$05+7%2", "4@8({[<36!1|7$5+%2", "$$$$0000!!!!1111", "p@$$w0rd!1|7"] {
            let text: String = symbols.chars().cycle().take(64).collect();
            let start: String = text.chars().take(32).collect();
            let (whole, half) = (spent(&text), spent(&start));
            assert!(whole < 8 * 400, "{symbols}: {whole} ms for 8 estimates");
            assert!(whole <= half * 3 / 2 + 100, "{symbols}: {whole} ms, and {half} ms for the first 32 characters");
        }
    }
}
