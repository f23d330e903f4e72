//! The launcher as a program of its own, for tests and benchmarks; the server starts itself instead.

fn main() {
    let error = stagegate_lambda::launcher::launch(std::env::args_os().skip(1));
    eprintln!("{error}");
    std::process::exit(127);
}
