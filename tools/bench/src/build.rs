use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds these executables of a package as for a deployment. Returns their folder, which has them as `NAME/bootstrap`.
fn shipped<'a>(package: &str, names: impl IntoIterator<Item = &'a str>) -> Result<PathBuf, String> {
    let root = tests::repository::root();
    let (architecture, target) = match std::env::consts::ARCH {
        "aarch64" => ("arm64", "aarch64-unknown-linux-gnu"),
        "x86_64" => ("x86_64", "x86_64-unknown-linux-gnu"),
        other => return Err(format!("there is no Lambda for {other}")),
    };
    let mut make = command("make");
    make.arg("--silent").arg("-C").arg(root.join("tools/architectures").join(architecture));
    make.arg("-f").arg(root.join("functions/Makefile")).arg("executables").arg(format!("PACKAGE={package}"));
    make.arg(format!("BINARIES={}", names.into_iter().collect::<Vec<_>>().join(" ")));
    // Standard output is for the measurements.
    make.stdout(std::io::stderr());
    let failed = |cause: &str| format!("what is to be measured could not be built: make: {cause}");
    let status = make.status().map_err(|error| failed(&error.to_string()))?;
    if status.success() { Ok(root.join("target/lambda").join(target)) } else { Err(failed(&status.to_string())) }
}

/// Builds these functions. Returns their folder, which has them as `NAME/bootstrap`.
pub fn functions<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<PathBuf, String> {
    shipped("functions", names)
}

/// Builds the floor and these functions. Two builds, so that the floor does not get the features of the functions.
pub fn floor_and_functions<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<PathBuf, String> {
    eprintln!("building the floor and the functions as they are shipped: some minutes for the first");
    shipped("floor", ["floor"])?;
    functions(names)
}

/// A command in the root of the repository. Removes some variables that `cargo run` sets for the bench: with them,
/// cargo would rebuild `ring` and everything that depends on `ring`.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(tests::repository::root());
    let told = |name: &String| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_");
    for name in std::env::vars().map(|(name, _)| name).filter(told) {
        command.env_remove(name);
    }
    command
}

/// The executable of a function in the folder of a build.
pub fn executable(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).join("bootstrap")
}
