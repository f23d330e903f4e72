//! The `stagegate` binary: configuration, wiring, feed and shutdown.

mod atomic_file;
mod cli;
mod config;
mod credentials;
mod data_dir;

fn main() {}
