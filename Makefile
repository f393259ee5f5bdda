# `make run` starts Holdpoint on this machine, `make test` runs every check there is. `make help` lists the rest.
#
# `make run` uses the development profile: the first build takes half as long as a release build, dependencies are
# optimised all the same, and `make test` builds on the same artefacts. `make build` makes the binary to ship.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# A Rust toolchain of this user's that this shell does not have on its PATH.
export PATH := $(PATH):$(HOME)/.cargo/bin
export CARGO_TERM_PROGRESS_WHEN ?= auto
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help run build test fmt lint doc unit it browser walk bench openapi rules index clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: ## install what is missing, build, and start `holdpoint dev` on port 4653
	@scripts/need.sh build postgres terraform
	@cargo build --locked --package holdpoint
	@exec $(TARGET)/debug/holdpoint dev $(ARGS)

build: ## the binary to ship: target/release/holdpoint
	@scripts/need.sh build
	cargo build --locked --release --package holdpoint

test: ## every check and test, the browser's too
	@scripts/test.sh

fmt: ## formatting (`make fmt FIX=1` repairs)
	cargo fmt --all $(if $(FIX),,-- --check)

lint: ## clippy over everything, warnings are errors
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc: ## the crates' documentation, broken links are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

unit: ## tests of the crates, without the scenarios (`make unit ARGS=name` for some)
	@scripts/cargo-test.sh --workspace --exclude holdpoint-tests $(ARGS)

it: ## the scenarios against a real daemon and a real Postgres (`make it ARGS=name` for some)
	@scripts/need.sh build postgres
	@cargo build --locked --package holdpoint
	@scripts/cargo-test.sh --package holdpoint-tests $(ARGS)

browser: ## the web UI's tests in Debian's Chromium
	@scripts/need.sh build postgres chromium node
	@cargo build --locked --package holdpoint
	@scripts/browser-test.sh

walk: ## the quick start of README.md, command by command
	@$(MAKE) --no-print-directory it ARGS=walk

bench: ## the ratios of docs/benchmarks.md, measured here
	@scripts/need.sh build postgres bench
	@cargo build --locked --release --package holdpoint
	@cargo build --locked --release --package holdpoint-core --example radius
	@cargo build --locked --release --package holdpoint-intake --example recognise
	@python3 tests/bench/bench.py --holdpoint $(TARGET)/release/holdpoint $(ARGS)

openapi: ## write docs/openapi.json anew from the handlers
	@cargo run --quiet --locked --package holdpoint -- openapi > docs/openapi.json.draft
	@mv docs/openapi.json.draft docs/openapi.json

rules: ## write docs/rules.md and the golden matrix anew from the policies
	@HOLDPOINT_GOLDEN=write cargo test --quiet --locked --package holdpoint-policy -- page matrix

index: ## write the index of AWS operations and docs/aws-index.md anew from pinned packages (`ARGS=--check` compares)
	@python3 scripts/index/generate.py $(ARGS)

clean: ## remove what was built
	cargo clean
