TARGET := aarch64-unknown-linux-gnu
