use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::workspace::Workspace;
use crate::error::Result;

/// A change is complete after this time without events: an editor writes several times, and saves several files.
const QUIET: Duration = Duration::from_millis(200);
/// Files outside of the packages that the server is built from.
const FILES: [&str; 4] = ["Cargo.lock", "Cargo.toml", "docs/openapi.json", "template.yaml"];
/// Names in a package that are no part of the server.
const SKIPPED: [&str; 5] = ["README.md", "benches", "node_modules", "target", "tests"];

/// The files that the server is built from.
pub(super) struct Sources {
    root: PathBuf,
    folders: BTreeSet<PathBuf>,
    watcher: RecommendedWatcher,
    changes: UnboundedReceiver<String>,
}

impl Sources {
    pub(super) fn watch(workspace: &Workspace) -> Result<Self> {
        let (sender, changes) = unbounded_channel();
        let root = workspace.root.clone();
        let watched = root.clone();
        let mut watcher = notify::recommended_watcher(move |event| report(&watched, event, &sender))?;
        for file in FILES {
            let folder = root.join(file);
            // A small workspace has no `docs`.
            if let Some(folder) = folder.parent().filter(|folder| folder.exists()) {
                watcher.watch(folder, RecursiveMode::NonRecursive)?;
            }
        }
        let mut sources = Self { root, folders: BTreeSet::new(), watcher, changes };
        sources.update(workspace)?;
        Ok(sources)
    }

    /// Watches exactly the packages that the server is built from now.
    pub(super) fn update(&mut self, workspace: &Workspace) -> Result<()> {
        for folder in workspace.folders.difference(&self.folders) {
            self.watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        for folder in self.folders.difference(&workspace.folders) {
            // A deleted folder is not watched any more.
            let _ = self.watcher.unwatch(folder);
        }
        self.folders.clone_from(&workspace.folders);
        Ok(())
    }

    /// Waits for a change. Returns the path that changed, or one of them.
    pub(super) async fn changed(&mut self) -> Option<String> {
        let change = self.changes.recv().await;
        while let Ok(Some(_)) = timeout(QUIET, self.changes.recv()).await {}
        change
    }
}

impl Display for Sources {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let shown = |folder: &PathBuf| folder.strip_prefix(&self.root).unwrap_or(folder).display().to_string();
        let folders: Vec<_> = self.folders.iter().map(shown).collect();
        write!(f, "{}, {}", folders.join(", "), FILES.join(", "))
    }
}

/// Sends the source that an event is about, if any.
fn report(root: &Path, event: notify::Result<Event>, changes: &UnboundedSender<String>) {
    let change = match event {
        Ok(event) if event.need_rescan() => Some("a source".to_owned()),
        // Cargo itself reads the sources.
        Ok(event) if event.kind.is_access() => None,
        Ok(event) => event.paths.iter().find_map(|path| source(root, path)),
        Err(error) => {
            eprintln!("watching: {error}");
            None
        }
    };
    // Sending fails when the process ends.
    let _ = change.map(|change| changes.send(change));
}

/// The path in the workspace, if the server may be built from this file or folder.
fn source(root: &Path, path: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?.to_str()?;
    let in_root = !path.contains('/') || path.starts_with("docs/");
    let skipped = |name: &str| name.starts_with(['.', '#']) || name.ends_with('~') || SKIPPED.contains(&name);
    let is_source = if in_root { FILES.contains(&path) } else { !path.split('/').any(skipped) };
    is_source.then(|| path.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_from_other_files() {
        let found = |path: &str| source(Path::new("/r"), &Path::new("/r").join(path)).is_some();
        for path in [
            "template.yaml",
            "Cargo.toml",
            "docs/openapi.json",
            "garden/src/new",
            "garden/src/new/a.rs",
            "garden/Cargo.toml",
            "functions/assets/docs/docs.js",
            "functions/catalogue/src/info.md",
        ] {
            assert!(found(path), "{path}");
        }
        for path in [
            "",
            "garden",
            "README.md",
            "docs/local.md",
            "target/debug/local",
            ".local/env",
            "garden/src/.a.rs.swp",
            "garden/src/a.rs~",
            "garden/target/x",
            "garden/README.md",
            "shared/auth/tests/a.rs",
        ] {
            assert!(!found(path), "{path}");
        }
        assert!(source(Path::new("/r"), Path::new("/elsewhere/src/a.rs")).is_none());
    }
}
