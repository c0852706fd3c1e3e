use std::fmt::{Display, Formatter};

use super::machine::{Machine, Output};
use super::settings::Settings;
use super::version::Version;

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The program with its version, or the setting.
    pub name: String,
    /// How to mend it, if it is missing.
    pub missing: Option<String>,
}

impl Finding {
    pub(super) fn ok(name: impl Into<String>) -> Self {
        Self { name: name.into(), missing: None }
    }

    pub(super) fn missing(name: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name: name.into(), missing: Some(mend.into()) }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match &self.missing {
            None => write!(f, "ok      {}", self.name),
            Some(mend) => write!(f, "MISSING {}: {mend}", self.name),
        }
    }
}

/// How to install a program.
pub(super) enum Mend {
    /// A package of apt, and one of Homebrew.
    Package(&'static str, &'static str),
    /// A command on Linux, and one on macOS.
    Command(&'static str, &'static str),
    /// A package of .ci/requirements.txt.
    Python(&'static str),
}

impl Mend {
    pub(super) fn text(&self, settings: &Settings, machine: &dyn Machine) -> String {
        match self {
            Self::Package(_, brew) if machine.is_mac() => format!("brew install {brew}"),
            Self::Package(apt, _) => format!("sudo apt-get install {apt}"),
            Self::Command(_, mac) if machine.is_mac() => (*mac).to_owned(),
            Self::Command(linux, _) => (*linux).to_owned(),
            Self::Python(package) => {
                let tools = "target/deploy-tools";
                let package = settings.pinned(package);
                let install = format!("python3 -m venv {tools} && {tools}/bin/pip install {package}");
                format!("{install} && export PATH=$PWD/{tools}/bin:$PATH")
            }
        }
    }
}

/// A program that must be there.
pub(super) struct Program<'a> {
    pub(super) name: &'a str,
    /// The command that prints the version. Any other output is accepted, too.
    pub(super) command: &'a [&'a str],
    pub(super) least: Option<&'a str>,
    pub(super) mend: Mend,
}

impl Program<'_> {
    pub(super) fn check(&self, settings: &Settings, machine: &dyn Machine) -> Finding {
        let output = match self.command {
            [program, arguments @ ..] => machine.run(program, arguments),
            [] => Output::NotFound,
        };
        let wanted = self.least.map_or_else(|| self.name.to_owned(), |least| format!("{} {least}", self.name));
        let missing = |why: String| Finding::missing(format!("{wanted}{why}"), self.mend.text(settings, machine));
        match output {
            Output::NotFound => missing(String::new()),
            Output::Failed => missing(format!(" (`{}` fails)", self.command.join(" "))),
            Output::NoAnswer => missing(format!(" (`{}` does not answer)", self.command.join(" "))),
            Output::Text(text) => match (Version::find(&text), self.least.and_then(Version::parse)) {
                (Some(found), Some(least)) if found < least => missing(format!(" or newer (found {found})")),
                (None, Some(_)) => missing(format!(" (`{}` shows no version)", self.command.join(" "))),
                (Some(found), _) => Finding::ok(format!("{} {found}", self.name)),
                (None, None) => Finding::ok(self.name),
            },
        }
    }
}
