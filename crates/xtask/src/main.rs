//! Repository chores: `tidy`, `drift BOTOCORE_DIR`, `parity [--check]`.

mod drift;
mod parity;
mod problem;
mod repository;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

use problem::Problem;

const USAGE: &str = "usage: cargo xtask tidy | drift BOTOCORE_DIR | parity [--check]

tidy     sizes, names, module sentences, import direction, forbidden words
drift    the operation table and the model against the service model in an installed botocore
parity   writes docs/parity.md and unserved.txt; --check only compares them";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["tidy"] => repository::root().and_then(|root| tidy::check(&root)),
        ["drift", directory] => repository::root().and_then(|root| drift::check(&root, Path::new(directory))),
        ["parity"] => repository::root().and_then(|root| parity::write(&root)),
        ["parity", "--check"] => repository::root().and_then(|root| parity::check(&root)),
        _ => Err(Problem::everywhere(USAGE)),
    };
    report(outcome)
}

fn report(outcome: Result<Vec<Problem>, Problem>) -> ExitCode {
    let problems = outcome.unwrap_or_else(|problem| vec![problem]);
    for problem in &problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("{} problem(s)", problems.len());
    ExitCode::FAILURE
}
