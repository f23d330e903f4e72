//! The `stagegate` binary: configuration, wiring, feed and shutdown.

mod answer;
mod apis;
mod atomic_file;
mod cli;
mod client;
mod config;
//mod control_listener;
mod credentials;
mod data_dir;
mod feed;
mod guard;
mod import;
mod listener;
mod metrics;
mod progress;
mod served;
mod shutdown;
mod status;

fn main() {}
