# make run    sets up what is missing, builds, and starts Snug at http://localhost:8080
# make test   sets up what is missing and runs every check
# The rest: see below. Tools and caches live in $SNUG_CACHE (~/.cache/snug), outside this folder.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export SNUG_CACHE ?= $(HOME)/.cache/snug
export PATH := $(SNUG_CACHE)/tools/bin:$(HOME)/.cargo/bin:$(PATH)
TARGET := $(or $(CARGO_TARGET_DIR),target)
# What the browser tests start; Playwright brings no browser of its own.
export SNUG_TEST_BINARY ?= $(abspath $(TARGET)/debug/snug)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

.PHONY: help setup page run dev fmt lint test test-rust test-web test-browser bench soak assets

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: ## install what run and test need and this machine lacks
	@scripts/setup.sh run test

page: ## build the page into web/dist, if it is out of date
	@scripts/page.sh

run: ## build and start Snug at http://localhost:8080
	@scripts/setup.sh run
	@scripts/page.sh
	cargo build --release --locked
	exec $(TARGET)/release/snug serve

dev: ## Snug with a page that reloads as you edit it, at http://localhost:5173
	@scripts/setup.sh run
	@scripts/page.sh deps
	@scripts/dev.sh

fmt: ## format everything
	cargo fmt
	@scripts/page.sh deps
	cd web && npm run --silent fix

lint: page ## formats, lints, licences
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo deny --locked --log-level error check licenses bans sources

test: ## every check: formats, lints, licences, Rust, page, browser
	@scripts/setup.sh run test
	@scripts/test.sh

test-rust: page ## only the Rust tests
	cargo test --locked

test-web: page ## only the page's checks and tests
	cd web && npm run --silent check && npm test --silent

test-browser: page ## only the browser tests
	cargo build --locked
	cd web && npm run --silent e2e

bench: page ## measure (about 20 minutes), and write docs/benchmarks.md
	@scripts/setup.sh run test
	@scripts/bench.sh

soak: page ## a thousand crashes, then half an hour of load
	cargo test --locked --release --test integration -- --include-ignored --nocapture soak
	cargo bench --locked --bench load -- soak --minutes 30

assets: ## build the embedded data in assets/ anew from its sources (needs the network)
	@assets/scripts/build.sh
