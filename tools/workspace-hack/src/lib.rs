//! Nothing: the features of dependencies that `Cargo.toml` lists are all that there is.
