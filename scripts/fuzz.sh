#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_SECONDS (default 60) each, without a nightly toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
python3 fuzz/seed.py
export RUSTC_BOOTSTRAP=1
for target in $(cargo fuzz list); do
    echo "==== fuzz $target"
    cargo fuzz run "$target" -s none -- "-max_total_time=${FUZZ_SECONDS:-60}"
done
