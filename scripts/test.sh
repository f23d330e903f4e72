#!/usr/bin/env bash
# Everything that has to hold before a change is accepted, cheapest first; stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."

banner() { printf '\n==== %s (%s)\n' "$1" "$(date -u +%H:%M:%S)"; }

banner "tools"
scripts/install-test-tools.sh
botocore=$(.venv/bin/python -c 'import botocore, os; print(os.path.dirname(botocore.__file__))')
target=${CARGO_TARGET_DIR:-target}

banner "rustfmt"
cargo fmt --all --check
banner "clippy"
cargo clippy --quiet --workspace --all-targets -- -D warnings
banner "xtask tidy"
cargo xtask tidy
banner "xtask drift: our types against AWS's service model"
cargo xtask drift "$botocore"
banner "xtask parity: the list of operations is up to date"
cargo xtask parity --check
banner "nextest"
cargo nextest run --workspace
banner "doc tests"
cargo test --quiet --workspace --doc
banner "end to end: boto3, both AWS CLIs, raw HTTP"
cargo build --quiet -p stagegate -p petstore-backend
# Of the whole workspace, as nextest has built it.
cargo build --quiet --workspace --example http-function
STAGEGATE_BIN=$(realpath "$target/debug/stagegate") \
PETSTORE_BIN=$(realpath "$target/debug/petstore-backend") \
    .venv/bin/python -m pytest "$@"
