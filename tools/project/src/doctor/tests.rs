#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A machine with everything, from which tests take single things away.
struct Fake {
    programs: BTreeMap<&'static str, Output>,
    variables: BTreeMap<&'static str, &'static str>,
    files: BTreeMap<PathBuf, &'static str>,
    folders: Vec<&'static str>,
    mac: bool,
}

impl Machine for Fake {
    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let command = [&[program], arguments].concat().join(" ");
        self.programs.get(command.as_str()).cloned().unwrap_or(Output::NotFound)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|&value| value.to_owned())
    }

    fn text(&self, file: &Path) -> Option<String> {
        self.files.get(file).map(|&text| text.to_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| Path::new(folder) == path)
    }

    fn is_mac(&self) -> bool {
        self.mac
    }
}

const ALL: [Purpose; 5] = [Purpose::Run, Purpose::Test, Purpose::Ci, Purpose::Build, Purpose::Deploy];

/// The commands that are run, and their output.
const PROGRAMS: [(&str, &str); 18] = [
    ("cargo --version", "cargo 1.95.0 (f2d3ce0bd 2026-03-21)"),
    ("cc --version", "cc (Debian 12.2.0-14+deb12u1) 12.2.0"),
    ("python3 --version", "Python 3.11.7"),
    ("python3 -c import ensurepip, venv", ""),
    ("node --version", "v20.20.2"),
    ("npm --version", "11.19.1"),
    ("npx --version", "11.19.1"),
    ("java -version", "openjdk version \"17.0.15\" 2025-04-15"),
    ("curl --version", "curl 7.88.1 (x86_64-pc-linux-gnu)"),
    ("openssl version", "OpenSSL 3.0.19 27 Jan 2026"),
    ("readelf --version", "GNU readelf (GNU Binutils for Debian) 2.40"),
    ("make --version", "GNU Make 4.3"),
    ("sam --version", "SAM CLI, version 1.170.0"),
    ("cargo lambda --version", "cargo-lambda 1.9.2 (1b0b5d6 2026-05-01Z)"),
    ("zig version", "0.15.1"),
    ("rustc --print target-libdir --target aarch64-unknown-linux-gnu", "/rust/aarch64/lib\n"),
    ("aws --version", "aws-cli/2.27.50 Python/3.13.4"),
    ("jq --version", "jq-1.6"),
];

fn complete() -> Fake {
    Fake {
        programs: PROGRAMS.map(|(command, text)| (command, Output::Text(text.to_owned()))).into(),
        variables: [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_DEFAULT_REGION", "eu-central-1")]
            .into(),
        files: BTreeMap::new(),
        folders: vec!["/rust/aarch64/lib"],
        mac: false,
    }
}

const SAMCONFIG: &str = "version = 0.1\n[dev.build.parameters]\nparameter_overrides = [\"Architecture=arm64\"]\n\
    [dev.deploy.parameters]\nparameter_overrides = [\n  \"MailFrom=no-reply@heron.org\",\n]\n";

fn repository(samconfig: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let architecture = root.path().join("tools/architectures/arm64");
    fs::create_dir_all(&architecture).unwrap();
    fs::create_dir(root.path().join(".ci")).unwrap();
    fs::write(root.path().join("Cargo.toml"), "[workspace.package]\nrust-version = \"1.95\"\n").unwrap();
    fs::write(root.path().join("samconfig.toml"), samconfig).unwrap();
    fs::write(root.path().join(".ci/requirements.txt"), "aws-sam-cli==1.2.3\ncargo-lambda==4.5.6\n").unwrap();
    fs::write(architecture.join("target.mk"), "TARGET := aarch64-unknown-linux-gnu\n").unwrap();
    root
}

/// The lines about all purposes.
fn lines(samconfig: &str, machine: &Fake) -> (bool, Vec<String>) {
    let root = repository(samconfig);
    let mut lines = Vec::new();
    let complete = examine(root.path(), &ALL, machine, |finding| lines.push(finding.to_string())).unwrap();
    (complete, lines)
}

/// The lines about missing things.
fn missing(samconfig: &str, machine: &Fake) -> Vec<String> {
    let (complete, lines) = lines(samconfig, machine);
    let missing: Vec<_> = lines.into_iter().filter(|line| line.starts_with("MISSING ")).collect();
    assert_eq!(complete, missing.is_empty());
    missing
}

#[test]
fn a_machine_with_everything_lacks_nothing() {
    let (complete, lines) = lines(SAMCONFIG, &complete());
    assert!(complete, "{lines:?}");
    assert_eq!(lines.len(), 21, "each need once");
    for line in [
        "ok      cargo 1.95.0",
        "ok      venv of python3",
        "ok      Rust for aarch64-unknown-linux-gnu",
        "ok      AWS credentials (AWS_ACCESS_KEY_ID)",
        "ok      AWS region eu-central-1",
        "ok      MailFrom in samconfig.toml (dev)",
    ] {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:?}");
    }
}

#[test]
fn each_missing_program_has_its_line() {
    let pip = |package| {
        format!(
            "python3 -m venv target/deploy-tools && target/deploy-tools/bin/pip install {package} && export \
             PATH=$PWD/target/deploy-tools/bin:$PATH"
        )
    };
    for (command, line) in [
        ("cargo --version", "cargo 1.95: curl --proto".to_owned()),
        ("cc --version", "cc: sudo apt-get install build-essential".to_owned()),
        ("python3 --version", "python3: sudo apt-get install python3".to_owned()),
        ("python3 -c import ensurepip, venv", "venv of python3: sudo apt-get install python3-venv".to_owned()),
        ("node --version", "node 20: install it from https://nodejs.org".to_owned()),
        ("npm --version", "npm: install it from".to_owned()),
        ("npx --version", "npx: install it from".to_owned()),
        ("java -version", "java 17: sudo apt-get install openjdk-17-jre-headless".to_owned()),
        ("curl --version", "curl: sudo apt-get install curl".to_owned()),
        ("openssl version", "openssl: sudo apt-get install openssl".to_owned()),
        ("readelf --version", "readelf: sudo apt-get install binutils".to_owned()),
        ("make --version", "make: sudo apt-get install make".to_owned()),
        ("sam --version", format!("sam: {}", pip("aws-sam-cli==1.2.3"))),
        ("cargo lambda --version", format!("cargo-lambda: {}", pip("cargo-lambda==4.5.6"))),
        ("zig version", format!("zig: {}", pip("cargo-lambda==4.5.6"))),
        (
            "rustc --print target-libdir --target aarch64-unknown-linux-gnu",
            "Rust for aarch64-unknown-linux-gnu: rustup target add aarch64-unknown-linux-gnu".to_owned(),
        ),
        ("aws --version", "aws 2: install it by https://docs.aws.amazon.com/".to_owned()),
        ("jq --version", "jq: sudo apt-get install jq".to_owned()),
    ] {
        let mut machine = complete();
        machine.programs.remove(command).unwrap();
        let missing = missing(SAMCONFIG, &machine);
        let starts = |told: &String| told.starts_with(&format!("MISSING {line}"));
        assert!(missing.len() == 1 && missing.iter().all(starts), "{command}: {missing:?}");
    }
}

#[test]
fn programs_that_are_too_old_fail_or_hang_are_missing() {
    for (command, output, line) in [
        ("node --version", Output::Text("v18.20.4".into()), "node 20 or newer (found 18.20.4): "),
        ("java -version", Output::Text("java version \"1.8.0_392\"".into()), "java 17 or newer (found 1.8.0): "),
        ("cargo --version", Output::Text("cargo 1.94.1".into()), "cargo 1.95 or newer (found 1.94.1): "),
        ("aws --version", Output::Text("aws-cli/1.45.11 Python/3.11.7".into()), "aws 2 or newer (found 1.45.11): "),
        ("node --version", Output::Text("?".into()), "node 20 (`node --version` shows no version): "),
        ("sam --version", Output::NoAnswer, "sam (`sam --version` does not answer): "),
        ("java -version", Output::Failed, "java 17 (`java -version` fails): "),
    ] {
        let mut machine = complete();
        machine.programs.insert(command, output);
        let missing = missing(SAMCONFIG, &machine);
        let starts = |told: &String| told.starts_with(&format!("MISSING {line}"));
        assert!(missing.len() == 1 && missing.iter().all(starts), "{line}: {missing:?}");
    }
}

#[test]
fn a_mac_installs_with_homebrew() {
    let machine = Fake { programs: BTreeMap::new(), mac: true, ..complete() };
    let missing = missing(SAMCONFIG, &machine);
    assert!(missing.contains(&"MISSING cc: xcode-select --install".to_owned()), "{missing:?}");
    assert!(missing.contains(&"MISSING jq: brew install jq".to_owned()), "{missing:?}");
    assert!(!missing.iter().any(|line| line.contains("apt-get")), "{missing:?}");
}

/// Rust names the folder of every target that it knows.
#[test]
fn a_target_without_its_folder_is_missing() {
    let machine = Fake { folders: Vec::new(), ..complete() };
    let line = "MISSING Rust for aarch64-unknown-linux-gnu: rustup target add aarch64-unknown-linux-gnu";
    assert_eq!(missing(SAMCONFIG, &machine), [line]);
}

#[test]
fn zig_may_be_a_package_of_python() {
    let mut machine = complete();
    machine.programs.remove("zig version");
    machine.programs.insert("python3 -m ziglang version", Output::Text("0.15.1".into()));
    assert!(missing(SAMCONFIG, &machine).is_empty());
}

#[test]
fn credentials_and_region_are_found_in_variables_and_profiles() {
    let with = |variables: &[(&'static str, &'static str)], files: &[(&str, &'static str)]| {
        let variables = variables.iter().copied().chain([("HOME", "/home/ada")]).collect();
        let files = files.iter().map(|(file, text)| (PathBuf::from(file), *text)).collect();
        missing(SAMCONFIG, &Fake { variables, files, ..complete() })
    };
    let (credentials, config) = ("/home/ada/.aws/credentials", "/home/ada/.aws/config");
    assert_eq!(
        with(&[("AWS_ACCESS_KEY_ID", "half")], &[(config, "[profile other]\nsso_session = a\nregion = b\n")]),
        [
            "MISSING AWS credentials (no variables, no profile default): aws configure, or aws configure sso",
            "MISSING AWS region: export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1",
        ]
    );
    let region = (config, "[default]\nregion = eu-central-1\n");
    for name in ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
        assert!(with(&[(name, "x")], &[region]).is_empty(), "{name}");
    }
    assert!(with(&[], &[(credentials, "[default]\naws_access_key_id = x\n"), region]).is_empty());
    let sso = "[profile heron]\nsso_session = main\ns3 =\n  max_concurrent_requests = 5\nregion = eu-central-1\n";
    assert!(with(&[("AWS_PROFILE", "heron")], &[(config, sso)]).is_empty());
    assert!(with(&[("AWS_PROFILE", "heron"), ("AWS_CONFIG_FILE", "/c")], &[("/c", sso)]).is_empty());
    assert_eq!(with(&[], &[(config, sso)]).len(), 2, "another profile");
}

#[test]
fn settings_of_the_example_are_missing() {
    let example = SAMCONFIG.replace("no-reply@heron.org", "CHANGE-ME@example.com");
    let mend = "replace CHANGE-ME in parameter_overrides";
    assert_eq!(missing(&example, &complete()), [format!("MISSING MailFrom in samconfig.toml: {mend}")]);
    let without = SAMCONFIG.replace("\"MailFrom=no-reply@heron.org\",", "").replace("Architecture=arm64", "Other=x");
    let missing = missing(&without, &complete());
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert!(missing.contains(&format!("MISSING MailFrom in samconfig.toml: {mend}")), "{missing:?}");
}
