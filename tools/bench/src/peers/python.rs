use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{clear, copy, create, install, read, run, said};

/// Files that are not deployed: the loop of the runtime, and the function that times a bare hash.
const BESIDE: [&str; 2] = ["runtime.py", "bare_hash.py"];

/// The functions in Python, each in a folder of its own, as it is deployed. `venv` stands in for the managed runtime,
/// which has boto3.
pub struct Python {
    pub folder: PathBuf,
    pub version: String,
}

impl Python {
    /// Installs the packages that are not there yet.
    pub fn set_up(sources: &Path, folder: PathBuf, functions: &[&'static str]) -> Result<Self, String> {
        let venv = folder.join("venv");
        create(&folder)?;
        if !program(&folder).is_file() {
            eprintln!("python3 -m venv {}", venv.display());
            run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        }
        let python = Self { version: said(Command::new(program(&folder)).arg("--version"))?, folder };
        python.install("runtime", sources, None)?;
        for function in functions {
            let deployed = python.folder.join(function);
            python.install(function, sources, Some(&deployed))?;
            for file in ["shared", *function] {
                copy(&sources.join(format!("{file}.py")), &deployed)?;
            }
        }
        for file in BESIDE {
            copy(&sources.join(file), &python.folder)?;
        }
        // Otherwise the first start would compile everything.
        run(Command::new(python.program()).args(["-m", "compileall", "-q", "-x", "/venv/"]).arg(&python.folder))?;
        Ok(python)
    }

    pub fn program(&self) -> PathBuf {
        program(&self.folder)
    }

    /// Installs the packages of a list: into a new folder, or for all functions.
    fn install(&self, name: &str, sources: &Path, into: Option<&Path>) -> Result<(), String> {
        let (list, pins) = (sources.join(format!("requirements/{name}.txt")), sources.join("requirements/pins.txt"));
        let wanted = read(&list)? + &read(&pins)?;
        install(&wanted, &self.folder.join(format!("{name}.installed")), || {
            eprintln!("pip install, for {name}");
            let mut pip = Command::new(self.program());
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            pip.arg("--requirement").arg(&list).arg("--constraint").arg(&pins);
            if let Some(folder) = into {
                clear(folder)?;
                pip.arg("--target").arg(folder);
            }
            run(&mut pip)
        })
    }
}

fn program(folder: &Path) -> PathBuf {
    folder.join("venv/bin/python")
}
