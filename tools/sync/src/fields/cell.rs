use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the callers of one level may do with a field: the letters, by their limits.
#[derive(Default)]
pub struct Cell(BTreeMap<Vec<&'static str>, BTreeSet<char>>);

impl Cell {
    /// Adds `r` or `w` with its limits in words.
    pub fn add(&mut self, letter: char, limits: Vec<&'static str>) {
        self.0.entry(limits).or_default().insert(letter);
    }
}

/// As in `r w; w (own, recent)`. Leaves out what is allowed without limits, too.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free = self.0.get(&Vec::new());
        let mut separator = "";
        for (limits, letters) in &self.0 {
            let is_free = |letter: &&char| !limits.is_empty() && free.is_some_and(|free| free.contains(letter));
            let letters: Vec<String> = letters.iter().filter(|letter| !is_free(letter)).map(char::to_string).collect();
            if letters.is_empty() {
                continue;
            }
            write!(f, "{separator}{}", letters.join(" "))?;
            if !limits.is_empty() {
                write!(f, " ({})", limits.join(", "))?;
            }
            separator = "; ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_each_letter_with_its_limits() {
        let mut cell = Cell::default();
        assert_eq!(cell.to_string(), "");
        cell.add('w', vec!["own", "recent"]);
        assert_eq!(cell.to_string(), "w (own, recent)");
        cell.add('r', vec!["own", "recent"]);
        assert_eq!(cell.to_string(), "r w (own, recent)");
        cell.add('r', Vec::new());
        cell.add('w', vec!["new"]);
        assert_eq!(cell.to_string(), "r; w (new); w (own, recent)");
        cell.add('w', Vec::new());
        assert_eq!(cell.to_string(), "r w");
    }
}
