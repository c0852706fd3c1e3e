TARGET := x86_64-unknown-linux-gnu
