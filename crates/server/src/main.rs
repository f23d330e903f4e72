//! The stagegate program.
fn main() {}
