//! Whether there are credentials and a region of AWS, without reading their values and without a call of AWS.

use std::path::PathBuf;

use configparser::ini::Ini;

use super::check::Finding;
use super::machine::Machine;

/// Variables that give credentials: all of a line together.
const VARIABLES: [&[&str]; 4] = [
    &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    &["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
    &["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    &["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"],
];
/// Settings of a profile that give credentials.
const SETTINGS: [&str; 6] =
    ["aws_access_key_id", "credential_process", "login_session", "role_arn", "sso_session", "sso_start_url"];

pub(super) fn credentials(machine: &dyn Machine) -> Finding {
    let given = VARIABLES.iter().find(|all| all.iter().all(|name| machine.variable(name).is_some()));
    if let Some(name) = given.and_then(|all| all.first()) {
        return Finding::ok(format!("AWS credentials ({name})"));
    }
    let profile = profile(machine);
    match SETTINGS.iter().find(|name| setting(machine, &profile, name).is_some()) {
        Some(name) => Finding::ok(format!("AWS credentials (profile {profile}, {name})")),
        None => Finding::missing(
            format!("AWS credentials (no variables, no profile {profile})"),
            "aws configure, or aws configure sso",
        ),
    }
}

/// SAM looks at `AWS_DEFAULT_REGION` only.
pub(super) fn region(machine: &dyn Machine) -> Finding {
    let region = machine.variable("AWS_DEFAULT_REGION");
    match region.or_else(|| setting(machine, &profile(machine), "region")) {
        Some(region) => Finding::ok(format!("AWS region {region}")),
        None => Finding::missing("AWS region", "export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1"),
    }
}

fn profile(machine: &dyn Machine) -> String {
    machine.variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned())
}

/// The value of a setting in the two files of AWS.
fn setting(machine: &dyn Machine, profile: &str, name: &str) -> Option<String> {
    let folder = machine.variable("HOME").map(|home| PathBuf::from(home).join(".aws"));
    let file = |variable: &str, name: &str| {
        machine.variable(variable).map(PathBuf::from).or_else(|| folder.as_ref().map(|folder| folder.join(name)))
    };
    let in_config = if profile == "default" { profile.to_owned() } else { format!("profile {profile}") };
    let files = [
        (file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), profile.to_owned()),
        (file("AWS_CONFIG_FILE", "config"), in_config),
    ];
    files.into_iter().find_map(|(file, section)| {
        let mut ini = Ini::new_cs();
        ini.read(machine.text(&file?)?).ok()?;
        ini.get(&section, name).filter(|value| !value.is_empty())
    })
}
