#!/usr/bin/env bash
# Runs the hostile corpus and the kill test against a release build and writes tests/RESULTS.md.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-test-tools.sh
cargo build --release -p stagegate
STAGEGATE_BIN=$(realpath "${CARGO_TARGET_DIR:-target}/release/stagegate") \
    .venv/bin/python -m pytest --report tests/RESULTS.md tests/clients/hostile tests/kill
