use super::documents::without_blocks;
use crate::{Changes, Result};

/// The proofs that `start` and the generators work. A started project does not need them, and may have a resource with
/// the name that they try.
const PROOFS: [&str; 3] = [".ci/follow-guide", ".ci/own-api", "tools/project/tests/"];

/// Removes what speaks about this repository as a start for others: the history of its changes, how to start, and the
/// proofs that starting works.
///
/// # Errors
/// When a file is missing.
pub fn remove(changes: &mut Changes, files: &[String], version: &str) -> Result<()> {
    let is_proof = |path: &&String| PROOFS.iter().any(|proof| path.starts_with(proof));
    files.iter().filter(is_proof).try_for_each(|proof| changes.delete(proof))?;
    changes.edit("CHANGELOG.md", |text| Ok(fresh_changelog(text, version)))?;
    changes.edit("README.md", |text| Ok(without_blocks(text, |block| block.contains("cargo project start"))))?;
    let names_proof = |text: &str| PROOFS.iter().any(|proof| text.contains(proof));
    changes.edit(".ci/run", |text| Ok(text.split_inclusive('\n').filter(|line| !names_proof(line)).collect()))?;
    for file in files.iter().filter(|file| file.ends_with(".md")) {
        changes.edit(file, |text| Ok(without_blocks(text, names_proof)))?;
    }
    Ok(())
}

/// The head of the changelog, and one line.
fn fresh_changelog(text: &str, version: &str) -> String {
    let head = text.split("\n## ").next().unwrap_or_default().trim_end();
    format!("{head}\n\n## [Unreleased]\n\n- Started from version {version} of the original project.\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_changelog_keeps_the_head() {
        let ours = "# Changelog\n\nThe format.\n\n## [Unreleased]\n\n### Added\n\n- All.\n\n## [0.1.0]\n";
        let fresh = "# Changelog\n\nThe format.\n\n## [Unreleased]\n\n- Started from version 0.2.0 of the original \
            project.\n";
        assert_eq!(fresh_changelog(ours, "0.2.0"), fresh);
    }
}
