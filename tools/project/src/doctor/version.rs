use std::fmt::{Display, Formatter};

/// A version, such as 1.95.0 or 17.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(Vec<u32>);

impl Version {
    /// The first version in the output of a program. A line about Java's options may come before its version.
    pub(super) fn find(output: &str) -> Option<Self> {
        let mut lines = output.lines().filter(|line| !line.starts_with("Picked up "));
        lines.find_map(|line| {
            let word = |c: char| c.is_ascii_alphanumeric() || ['.', '_'].contains(&c);
            line.split(|c| !word(c)).find_map(Self::parse)
        })
    }

    /// A text that is a version.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // Java: 1.8.0_392.
        let text = text.split('_').next().unwrap_or(text);
        let digits = text.strip_prefix('v').unwrap_or(text).trim_end_matches('.');
        digits.split('.').map(|part| part.parse().ok()).collect::<Option<_>>().map(Self)
    }
}

impl Display for Version {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<_> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_the_output_of_the_programs() {
        for (output, version) in [
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "1.95.0"),
            ("rustc 1.97.0-nightly (59807616e 2026-04-14)", "1.97.0"),
            ("cc (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022", "12.2.0"),
            ("Apple clang version 16.0.0 (clang-1600.0.26.6)\nTarget: arm64-apple-darwin24.1.0", "16.0.0"),
            ("Python 3.11.7", "3.11.7"),
            ("v20.20.2", "20.20.2"),
            ("11.19.1", "11.19.1"),
            ("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)", "17.0.15"),
            ("java version \"1.8.0_392\"\nJava(TM) SE Runtime Environment (build 1.8.0_392-b08)", "1.8.0"),
            ("openjdk version \"21\" 2023-09-19", "21"),
            ("Picked up JAVA_TOOL_OPTIONS: -Da=3.0\nopenjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
            ("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.19", "7.88.1"),
            ("OpenSSL 3.0.19 27 Jan 2026 (Library: OpenSSL 3.0.19 27 Jan 2026)", "3.0.19"),
            ("GNU readelf (GNU Binutils for Debian) 2.40\nthe GNU General Public License version 3", "2.40"),
            ("GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu\nLicense GPLv3+: GNU GPL version 3 or later", "4.3"),
            ("SAM CLI, version 1.170.0", "1.170.0"),
            ("cargo-lambda 1.9.2 (1b0b5d6 2026-05-01Z)", "1.9.2"),
            ("aws-cli/2.27.50 Python/3.13.4 Linux/6.8.0", "2.27.50"),
            ("jq-1.6", "1.6"),
            ("0.15.1", "0.15.1"),
        ] {
            assert_eq!(Version::find(output).unwrap().to_string(), version, "{output}");
        }
        assert_eq!(Version::find("usage: program for x86_64"), None);
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |text| Version::parse(text).unwrap();
        for (less, more) in
            [("1.9.2", "1.95.0"), ("1.95", "1.95.0"), ("1.8.0", "17"), ("9.1", "20"), ("1.94.9", "1.95")]
        {
            assert!(version(less) < version(more), "{less} {more}");
        }
        assert!(version("1.95.0") >= version("1.95"));
    }
}
