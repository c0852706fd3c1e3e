use std::path::Path;

use clap::ValueEnum;

use super::aws;
use super::check::{Finding, Mend, Program};
use super::machine::{Machine, Output};
use super::settings::Settings;

/// A thing to do with this repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
// Doc comments on variants would make the help long.
#[allow(missing_docs)]
pub enum Purpose {
    Run,
    Test,
    Ci,
    Build,
    Deploy,
}

/// A program or a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Cargo,
    Compiler,
    Python,
    Venv,
    Node,
    Npm,
    Npx,
    Java,
    Curl,
    OpenSsl,
    Readelf,
    Make,
    Sam,
    CargoLambda,
    Zig,
    Targets,
    Aws,
    Jq,
    Credentials,
    Region,
    MailFrom,
}

impl Purpose {
    pub(super) fn needs(self) -> Vec<Need> {
        use Need::*;
        let more = match self {
            Self::Run | Self::Test => vec![],
            Self::Ci => vec![Python, Venv, Node, Npm, Npx, Java, Curl, OpenSsl, Readelf, Make],
            Self::Build | Self::Deploy => vec![Python, Venv, Sam, CargoLambda, Zig, Make, Readelf, Targets],
        };
        let most = match self {
            Self::Deploy => vec![Aws, Curl, Jq, OpenSsl, Credentials, Region, MailFrom],
            _ => vec![],
        };
        [vec![Cargo, Compiler], more, most].concat()
    }
}

impl Need {
    pub(super) fn check(self, settings: &Settings, machine: &dyn Machine) -> Finding {
        let program = |name, command, least, mend| Program { name, command, least, mend }.check(settings, machine);
        let package = |name, command, apt, brew| program(name, command, None, Mend::Package(apt, brew));
        let rustup = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh, or rustup update";
        let node = || Mend::Command("install it from https://nodejs.org", "brew install node");
        let aws = "install it by https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";
        match self {
            Self::Cargo => {
                program("cargo", &["cargo", "--version"], Some(&settings.rust), Mend::Command(rustup, rustup))
            }
            Self::Compiler => {
                let mend = Mend::Command("sudo apt-get install build-essential", "xcode-select --install");
                program("cc", &["cc", "--version"], None, mend)
            }
            Self::Python => package("python3", &["python3", "--version"], "python3", "python"),
            Self::Venv => {
                package("venv of python3", &["python3", "-c", "import ensurepip, venv"], "python3-venv", "python")
            }
            Self::Node => program("node", &["node", "--version"], Some("20"), node()),
            Self::Npm => program("npm", &["npm", "--version"], None, node()),
            Self::Npx => program("npx", &["npx", "--version"], None, node()),
            Self::Java => {
                let mend = Mend::Package("openjdk-17-jre-headless", "openjdk@17");
                program("java", &["java", "-version"], Some("17"), mend)
            }
            Self::Curl => package("curl", &["curl", "--version"], "curl", "curl"),
            Self::OpenSsl => package("openssl", &["openssl", "version"], "openssl", "openssl"),
            Self::Readelf => package("readelf", &["readelf", "--version"], "binutils", "binutils"),
            Self::Make => package("make", &["make", "--version"], "make", "make"),
            Self::Sam => program("sam", &["sam", "--version"], None, Mend::Python("aws-sam-cli")),
            Self::CargoLambda => {
                let command = &["cargo", "lambda", "--version"];
                program("cargo-lambda", command, None, Mend::Python("cargo-lambda"))
            }
            Self::Zig => zig(settings, machine),
            Self::Targets => targets(settings, machine),
            Self::Aws => program("aws", &["aws", "--version"], Some("2"), Mend::Command(aws, "brew install awscli")),
            Self::Jq => package("jq", &["jq", "--version"], "jq", "jq"),
            Self::Credentials => aws::credentials(machine),
            Self::Region => aws::region(machine),
            Self::MailFrom => deployed_with(settings, "MailFrom"),
        }
    }
}

/// The linker of cargo-lambda: a program, or a package of Python that comes with cargo-lambda.
fn zig(settings: &Settings, machine: &dyn Machine) -> Finding {
    let zig = |command| Program { name: "zig", command, least: None, mend: Mend::Python("cargo-lambda") };
    let alone = zig(&["zig", "version"]).check(settings, machine);
    if alone.missing.is_none() { alone } else { zig(&["python3", "-m", "ziglang", "version"]).check(settings, machine) }
}

/// The standard library for the machines of the functions.
fn targets(settings: &Settings, machine: &dyn Machine) -> Finding {
    if settings.targets.is_empty() {
        let mend = "write \"Architecture=arm64\" into parameter_overrides of samconfig.toml";
        return Finding::missing("Architecture for sam build", mend);
    }
    let installed = |target: &&String| {
        let folder = machine.run("rustc", &["--print", "target-libdir", "--target", target]);
        matches!(folder, Output::Text(path) if machine.exists(Path::new(path.trim())))
    };
    let (found, missing): (Vec<_>, Vec<_>) = settings.targets.iter().partition(installed);
    let joined = |targets: Vec<&String>| targets.iter().map(|target| target.as_str()).collect::<Vec<_>>().join(" ");
    match missing.is_empty() {
        true => Finding::ok(format!("Rust for {}", joined(found))),
        false => {
            let missing = joined(missing);
            Finding::missing(format!("Rust for {missing}"), format!("rustup target add {missing}"))
        }
    }
}

/// Whether an environment of samconfig.toml has a value of its own. Those of the example have CHANGE-ME.
fn deployed_with(settings: &Settings, parameter: &str) -> Finding {
    let values = settings.values("deploy", parameter);
    let set: Vec<_> = values.iter().filter(|(_, value)| !value.is_empty() && !value.contains("CHANGE-ME")).collect();
    match set.as_slice() {
        [] => Finding::missing(format!("{parameter} in samconfig.toml"), "replace CHANGE-ME in parameter_overrides"),
        set => {
            let environments: Vec<_> = set.iter().map(|(environment, _)| environment.as_str()).collect();
            Finding::ok(format!("{parameter} in samconfig.toml ({})", environments.join(", ")))
        }
    }
}
