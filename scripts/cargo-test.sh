#!/usr/bin/env bash
# Runs tests by cargo-nextest where it is installed, else by cargo test; the arguments are the same for both:
# packages, and then names of tests.
set -euo pipefail
if cargo nextest --version >/dev/null 2>&1; then
  exec cargo nextest run --locked --no-fail-fast --no-tests=warn "$@"
fi
exec cargo test --locked --no-fail-fast --lib --bins --tests "$@"
