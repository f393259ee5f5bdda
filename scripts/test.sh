#!/usr/bin/env bash
# Every check and test there is, one stage after the other. A stage that fails does not keep the next from running;
# the run fails at the end, with a line per stage and the sum of all tests as the closing line.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 70
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 skipped=0 broken=0
summary=()

# What a runner's closing lines say: nextest, cargo test (one line per binary), and node's test runner.
count() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^ *Summary \[/ {
      for (i = 1; i < NF; i++) {
        if ($(i + 1) ~ /^passed/) p += $i
        if ($(i + 1) ~ /^failed/) f += $i
        if ($(i + 1) ~ /^timed/) f += $i
        if ($(i + 1) ~ /^skipped/) s += $i
      }
    }
    /^test result: / {
      for (i = 1; i < NF; i++) {
        if ($(i + 1) ~ /^passed/) p += $i
        if ($(i + 1) ~ /^failed/) f += $i
        if ($(i + 1) ~ /^ignored/) s += $i
      }
    }
    /^(#|ℹ) pass [0-9]+$/ { p += $3 }
    /^(#|ℹ) (fail|cancelled) [0-9]+$/ { f += $3 }
    /^(#|ℹ) (skipped|todo) [0-9]+$/ { s += $3 }
    END { print p + 0, f + 0, s + 0 }'
}

stage() { # name, command…
  local name=$1 start=$SECONDS status p f s
  shift
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$logs/$name"
  status=${PIPESTATUS[0]}
  read -r p f s < <(count "$logs/$name")
  # A runner that died before it could count is one failure, so that the sum never looks clean.
  if [ "$status" != 0 ] && [ "$f" = 0 ]; then f=1; fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$status" != 0 ]; then broken=1; fi
  summary+=("$(printf '%-8s %-6s %5d s   %s' "$name" "$([ "$status" = 0 ] && echo ok || echo FAILED)" $((SECONDS - start)) \
    "$([ $((p + f)) = 0 ] || echo "$p passed, $f failed, $s skipped")")")
}

scripts/need.sh build postgres chromium node terraform aws || { printf '0 passed, 1 failed\n'; exit 1; }

stage fmt cargo fmt --all -- --check
stage lint cargo clippy --locked --workspace --all-targets -- -D warnings
stage doc env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items
stage build cargo build --locked --package holdpoint
stage tests scripts/cargo-test.sh --workspace
stage doctests cargo test --locked --workspace --doc
stage browser scripts/browser-test.sh

printf '\n== summary, %d s in all\n' "$SECONDS"
printf '%s\n' "${summary[@]}"
# Tests that ran nothing prove nothing.
if [ "$passed" = 0 ]; then broken=1; fi
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$broken" = 0 ] && [ "$failed" = 0 ]
