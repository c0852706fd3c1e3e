//! No code: this crate only sets the features of dependencies in `Cargo.toml`.
