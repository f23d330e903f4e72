#!/usr/bin/env bash
# Installs what the tests need, and only what is missing: Debian packages (named first; with sudo
# unless root), cargo-nextest, and a Python virtual environment with pinned clients.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { # need PROBE PACKAGE: PACKAGE is wanted when PROBE fails
    eval "$1" >/dev/null 2>&1 || missing+=("$2")
}
need "command -v cc" build-essential
need "command -v curl" curl
need "command -v openssl" openssl
need "python3 -c 'import venv, ensurepip'" python3-venv
need "test -x /usr/bin/aws" awscli
need "command -v node" nodejs
need "command -v npm" npm
need "command -v javac" default-jdk-headless
need "command -v ruby" ruby
need "command -v chromium-headless-shell || command -v chromium" chromium-headless-shell
need "command -v clang" clang
need "test -e \$(gcc -print-file-name=include)/objc/objc.h" gobjc
need "test -e /usr/include/GNUstep/Foundation/Foundation.h" libgnustep-base-dev
need "test -e /usr/include/Block.h" libblocksruntime-dev
need "test -e /usr/include/openssl/hmac.h" libssl-dev
if [ "${#missing[@]}" -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "Please install: ${missing[*]}" >&2
        exit 1
    fi
    echo "Installing Debian packages: ${missing[*]}"
    elevate=""
    [ "$(id -u)" -eq 0 ] || elevate="sudo"
    $elevate apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $elevate apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
cargo nextest --version >/dev/null 2>&1 || cargo install --locked cargo-nextest

pins=tests/requirements.txt
if ! cmp -s "$pins" .venv/installed-requirements.txt; then
    echo "Creating .venv from $pins"
    python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --requirement "$pins"
    cp "$pins" .venv/installed-requirements.txt
fi

# The deployment packages of tests/frameworks: each with its dependencies in it, as a user would upload it.
pins=tests/frameworks/python/requirements.txt
packages=tests/frameworks/python/packages
if ! cmp -s "$pins" "$packages/installed-requirements.txt"; then
    echo "Installing $packages from $pins"
    rm -rf "$packages"
    .venv/bin/python -m pip install --quiet --no-deps --target "$packages" --requirement "$pins"
    cp "$pins" "$packages/installed-requirements.txt"
fi

# Node's: an Express application as a function, and the OpenID provider of tests/tokens.
for folder in tests/frameworks/node tests/tokens/provider; do
    lock=$folder/package-lock.json
    modules=$folder/node_modules
    if ! cmp -s "$lock" "$modules/installed-package-lock.json"; then
        echo "Installing $modules from $lock"
        npm ci --silent --no-audit --no-fund --prefix "$folder"
        cp "$lock" "$modules/installed-package-lock.json"
    fi
done
