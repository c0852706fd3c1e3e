use std::path::{Path, PathBuf};

/// Builds what `arguments` name as it is shipped, whatever the bench itself is; the folder with the executables.
pub fn release<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<PathBuf, String> {
    let executable = std::env::current_exe().map_err(|error| error.to_string())?;
    // target/release/bench -> target
    let target = executable.parent().and_then(Path::parent).ok_or("no target folder")?;
    let mut cargo = tests::repository::cargo();
    cargo.args(["build", "--release", "--quiet", "--target-dir"]).arg(target).args(arguments);
    if !cargo.status().map_err(|error| error.to_string())?.success() {
        return Err("cargo could not build what is to be measured".to_owned());
    }
    Ok(target.join("release"))
}

/// Builds these functions.
pub fn functions<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<PathBuf, String> {
    release(["-p", "functions"].into_iter().chain(names.into_iter().flat_map(|name| ["--bin", name])))
}

/// Builds the floor and these functions. Two builds, so that the floor has its own features.
pub fn floor_and_functions<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<PathBuf, String> {
    eprintln!("building the floor and the functions: some minutes for the first, one for each other");
    release(["-p", "floor"])?;
    functions(names)
}
