#!/usr/bin/env bash
# Runs the browser's tests; installs what they are made of when it is missing or the lock file has changed.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/tests/browser"

stamp=node_modules/.installed-from
if ! cmp -s package-lock.json "$stamp"; then
  printf 'holdpoint: installing the packages of tests/browser: they drive the browser\n' >&2
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi

target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$root/$target ;; esac
export HOLDPOINT_BIN=${HOLDPOINT_BIN:-$target/debug/holdpoint}
exec npm test --silent
