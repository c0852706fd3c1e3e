//! The size of a zip archive, as it would be deployed.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Compiled Python. Archives are counted without it, though the measured starts have it.
const COMPILED: &str = "__pycache__";
/// Headers of a file in an archive, apart from its name, which is there twice: 30 and 46 bytes.
const HEADERS: usize = 76;

/// The size of an archive of a file, or of everything in a folder, in MB.
pub fn zipped(path: &Path) -> Result<f64, String> {
    let root = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    Ok(bytes(path, root)? as f64 / 1e6)
}

fn bytes(path: &Path, root: &Path) -> Result<usize, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    if path.ends_with(COMPILED) {
        return Ok(0);
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        return entries.iter().map(|entry| bytes(&entry.path(), root)).sum();
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&fs::read(path).map_err(failed)?).map_err(failed)?;
    let name = path.strip_prefix(root).unwrap_or(path).as_os_str().len();
    Ok(encoder.finish().map_err(failed)?.len() + HEADERS + 2 * name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_zipped_without_compiled_python() {
        let folder = tempfile::tempdir().unwrap();
        let file = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        file("a/long.py", &"pass\n".repeat(10_000));
        let one = zipped(folder.path()).unwrap();
        // 50 kB of the same line, and 94 bytes for the name.
        assert!((0.000_094..0.001).contains(&one), "{one}");
        assert!(zipped(&folder.path().join("a/long.py")).unwrap() < one, "the name is shorter without its folder");
        file("a/__pycache__/long.pyc", "anything");
        assert_eq!(zipped(folder.path()).unwrap(), one);
        file("b.py", "pass");
        assert!(zipped(folder.path()).unwrap() > one);
        assert!(zipped(&folder.path().join("missing")).is_err());
    }
}
