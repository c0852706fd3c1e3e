use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{clear, copy, create, install, read, run, said};

/// The functions in JavaScript: `dist` has a folder for each, as it is deployed.
pub struct Node {
    pub folder: PathBuf,
    pub program: PathBuf,
    pub version: String,
}

impl Node {
    /// Installs the packages that are not there yet, and bundles the functions.
    pub fn set_up(sources: &Path, folder: PathBuf) -> Result<Self, String> {
        // The path, because functions are started without `PATH`.
        let program = PathBuf::from(said(Command::new("node").args(["--print", "process.execPath"]))?);
        create(&folder)?;
        let files = fs::read_dir(sources).map_err(|error| format!("{}: {error}", sources.display()))?;
        for file in files.flatten().map(|file| file.path()).filter(|file| file.is_file()) {
            copy(&file, &folder)?;
        }
        install(&read(&sources.join("package-lock.json"))?, &folder.join("installed"), || {
            eprintln!("npm ci, for the bundles of Node");
            run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))
        })?;
        clear(&folder.join("dist"))?;
        run(Command::new(&program).arg("build.mjs").current_dir(&folder))?;
        Ok(Self { version: said(Command::new(&program).arg("--version"))?, folder, program })
    }

    /// What is deployed of a function.
    pub fn deployed(&self, function: &str) -> PathBuf {
        self.folder.join("dist").join(function)
    }
}
