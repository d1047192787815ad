# The entry point for all work on this project; `make` alone lists the targets.
# A fresh Debian machine with make and the Rust toolchain is enough: `make setup` installs the rest. Targets run it as needed.

SHELL         := /bin/bash
.SHELLFLAGS   := -euo pipefail -c
MAKEFLAGS     += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.ONESHELL:
.SILENT:
.NOTPARALLEL:

# The toolchain may have been installed without a new login since. Appended, so that a cargo on PATH has precedence.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

# On a terminal: bold lines for the steps, and cargo's progress. In a log: only the steps, warnings and errors.
SAY   := printf '$(if $(MAKE_TERMOUT),\n\033[1m==> %s\033[0m,==> %s)\n'
QUIET := $(if $(MAKE_TERMOUT),,--quiet)

.PHONY: help
help:
	echo 'make TARGET [ARGS="..."]'
	echo
	sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' Makefile | expand -t 15

# Ends a check with its duration, to show the slowest one.
TOOK  = echo "    took $$SECONDS s"

# --- Use ------------------------------------------------------------------------------------------------------------

BINARY := $(or $(CARGO_TARGET_DIR),./target)/release/okr-ledger

.PHONY: demo serve build press
demo: build ## Load the demo quarter, show its board and audit trail, serve it (ARGS=--once: show and exit)
	$(SAY) "The demo quarter"
	exec $(BINARY) demo $(ARGS)

serve: build ## Serve your own ledgers (ARGS="--data DIR --listen 127.0.0.1:8080")
	$(SAY) "Serving"
	exec $(BINARY) serve $(ARGS)

build: setup ## Build the release binary
	$(SAY) "Building $(BINARY)"
	cargo build $(QUIET) --locked --release --bin okr-ledger

# Needs no set-up: no RocksDB, no browser. The demo does not wait for it; a running server finds it at the next PDF.
press: ## Build the program that makes PDFs, beside the release binary
	$(SAY) "Building $(BINARY)-press"
	cargo build $(QUIET) --locked --release --package okr-ledger-press

# --- Check ----------------------------------------------------------------------------------------------------------

# The tests run last, so that a log ends with their count.
.PHONY: test check-format purity lint doc deny tests-only bench
test: setup check-format purity lint doc deny tests-only ## Run all checks; CI runs exactly this

check-format:
	$(SAY) "Format: cargo fmt --all --check"
	cargo fmt --all --check
	$(TOOK)

# Each pure crate separately: cargo unifies features across a workspace, which would hide a clock enabled by another
# crate. The crate's clippy.toml lists the calls forbidden in its own code.
PURE   := events projections generator
# Random generators that depend on nothing but their seed.
SEEDED := ^(rand_core|rand_pcg) v
IMPURE := ^(tokio|mio|socket2|rocksdb|librocksdb-sys|getrandom|rand|rand_[a-z]+|fastrand) v
IMPURE := $(IMPURE)|^chrono v.* features=.*\b(clock|now)\b
IMPURE := $(IMPURE)|^uuid v.* features=.*\b(v1|v4|v6|v7|rng)\b

purity: ## Check each pure crate alone: no clock, randomness or I/O in its code and dependencies
	for crate in $(PURE); do
	    $(SAY) "Purity: $$crate alone compiles, depends on nothing impure, calls nothing impure"
	    cargo check --quiet --locked --package $$crate
	    tree=$$(cargo tree --quiet --locked --package $$crate --edges normal --prefix none --format '{p} features={f}')
	    if grep --extended-regexp --invert-match '$(SEEDED)' <<< "$$tree" | grep --extended-regexp '$(IMPURE)'; then
	        echo "error: $$crate is a pure crate but depends on the above: cargo tree -p $$crate -e normal,features" >&2
	        exit 1
	    fi
	    cargo clippy --quiet --locked --package $$crate -- -D warnings
	done
	$(TOOK)

lint: setup ## Run clippy on all code; warnings are errors
	$(SAY) "Lint: cargo clippy --workspace --all-targets"
	cargo clippy $(QUIET) --locked --workspace --all-targets -- -D warnings
	$(TOOK)

doc: setup ## Build the documentation; warnings are errors (target/doc/okr_ledger/index.html)
	$(SAY) "Documentation: cargo doc --workspace"
	RUSTDOCFLAGS="-D warnings" cargo doc $(QUIET) --locked --no-deps --workspace
	$(TOOK)

# The advisory database is online. An unreachable database is reported but is no failure; a relevant advisory is one.
deny: ## Check licences, bans, sources and advisories of the dependencies
	$(SAY) "Dependencies: licences, bans, sources"
	deny="$(CARGO_DENY) --locked --workspace"
	$$deny check --hide-inclusion-graph licenses bans sources
	$(SAY) "Dependencies: advisories"
	if said=$$(GIT_TERMINAL_PROMPT=0 timeout 120 $$deny fetch db 2>&1); then
	    $$deny check advisories
	else
	    echo "NOT CHECKED: the advisory database cannot be fetched from this machine: $$(tail -1 <<< "$$said")"
	fi
	$(TOOK)

# Nextest runs no doc tests, hence the separate step. The parts run in sequence, to show the duration of each; with a filter
# there is one part.
PARTS := unit and integration|not (binary(browser) or binary(cost)),browser|binary(browser),cost law|binary(cost)

tests-only: setup ## Run only the tests (ARGS=FILTER)
	$(SAY) "Doc tests"
	cargo test $(QUIET) --locked --workspace --doc
	$(TOOK)
	if ! cargo nextest --version &> /dev/null; then
	    $(SAY) "Tests: cargo test --workspace"
	    cargo test $(QUIET) --locked --workspace --no-fail-fast --lib --bins --tests $(ARGS)
	    $(TOOK)
	elif [ '$(ARGS)' ]; then
	    $(SAY) "Tests: cargo nextest run --workspace"
	    cargo nextest run $(if $(QUIET),--cargo-quiet) --locked --workspace $(ARGS)
	else
	    SECONDS=0
	    $(SAY) "Building the tests"
	    cargo nextest run $(if $(QUIET),--cargo-quiet) --locked --workspace --no-run
	    $(TOOK)
	    IFS=, read -ra parts <<< '$(PARTS)'
	    for part in "$${parts[@]}"; do
	        SECONDS=0
	        $(SAY) "Tests: $${part%%|*}"
	        cargo nextest run $(if $(QUIET),--cargo-quiet) --locked --workspace -E "$${part#*|}"
	        $(TOOK)
	    done
	fi

bench: setup press ## Measure and write benches/REPORT.md (ARGS="append history boards large pages hostile micro": only these sections)
	$(SAY) "Benchmarks: cargo bench --bench suite"
	cargo bench $(QUIET) --locked --bench suite -- $(ARGS)

# As ordinary tests, campaigns run a few rounds; this is the long version. They run in sequence, so that their tables do not
# mix. Mounting the disk for the full-disk campaign requires root.
.PHONY: faults
faults: setup ## Run the long fault campaign (SEED=1, ROUNDS=N of each fault, ARGS=FILTER)
	$(SAY) "Faults: kills, power cuts, full disks, damage, clocks, clients; seed $(or $(SEED),1)"
	RUST_BACKTRACE=0 FAULTS=long FAULTS_SEED=$(SEED) FAULTS_ROUNDS=$(ROUNDS) \
	    cargo test $(QUIET) --locked --test faults -- --nocapture --test-threads=1 $(ARGS)

# libFuzzer starts from the corpora in the repository and from inputs found by earlier runs, and adds new inputs to the
# latter. Coverage instrumentation is stable; the address sanitizer (SANITIZER=address) is not, and is enabled in the same
# toolchain. All code is safe, so the targets are panics, broken laws, overflows, hangs, and inputs up to a body's length that
# use much memory or time.
FUZZ_SECONDS ?= 600
SANITIZER    ?= none
FUZZ_TARGETS := $(or $(ARGS),$(sort $(notdir $(wildcard crates/fuzz/corpus/*))))

.PHONY: fuzz
fuzz: setup ## Fuzz, ten minutes per target (ARGS="TARGET ..." FUZZ_SECONDS=600 SANITIZER=address)
	for target in $(FUZZ_TARGETS); do
	    $(SAY) "Fuzzing: $$target, $(FUZZ_SECONDS) seconds"
	    found=crates/fuzz/target/found/$$target
	    rm -rf crates/fuzz/target/tmp
	    mkdir -p crates/fuzz/target/tmp $$found
	    TMPDIR=$$PWD/crates/fuzz/target/tmp $(if $(filter none,$(SANITIZER)),,RUSTC_BOOTSTRAP=1) \
	        $(CARGO_FUZZ) run --fuzz-dir crates/fuzz --sanitizer $(SANITIZER) $$target $$found crates/fuzz/corpus/$$target -- \
	        -max_total_time=$(FUZZ_SECONDS) -max_len=1048576 -rss_limit_mb=512 -timeout=2 -dict=crates/fuzz/words.dict -print_final_stats=1
	done

.PHONY: fmt
fmt: ## Format all code
	cargo fmt --all

# --- Set-up ---------------------------------------------------------------------------------------------------------

# Slow builds shared by all working copies.
CACHE ?= $(HOME)/.cache/okr-ledger

# RocksDB's C++ compiles for a quarter of an hour on two cores. It is compiled once and then linked from the cache; the
# file's name contains its dependencies. Without these two variables cargo compiles it again in every target folder.
ROCKSDB_VERSION  := $(shell sed -n '/^name = "librocksdb-sys"/{n;s/.*"\(.*\)"/\1/p}' Cargo.lock)
ROCKSDB_FEATURES := $(shell sed -n 's/^rocksdb = .*features = \[\(.*\)\].*/\1/p' Cargo.toml \
                            | tr -d '" ' | tr , '\n' | sort | paste -sd +)
ROCKSDB_TARGET   := $(shell PATH="$(PATH)" rustc -vV 2> /dev/null | sed -n 's/^host: //p')

export ROCKSDB_LIB_DIR := $(CACHE)/rocksdb-$(ROCKSDB_VERSION)-$(ROCKSDB_FEATURES)-$(ROCKSDB_TARGET)
export ROCKSDB_STATIC  := 1

CARGO_DENY_VERSION := 0.20.2
CARGO_DENY         := $(CACHE)/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny

CARGO_FUZZ_VERSION := 0.13.2
CARGO_FUZZ         := $(CACHE)/cargo-fuzz-$(CARGO_FUZZ_VERSION)/bin/cargo-fuzz

# bindgen reads RocksDB's C header with libclang, which needs clang's own headers.
CLANG_LIBS     := /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib
LIBCLANG       := $(wildcard $(foreach d,$(CLANG_LIBS),$(d)/libclang.so* $(d)/libclang-[0-9]*.so*))
CLANG_HEADERS  := $(wildcard $(foreach d,$(CLANG_LIBS),$(d)/clang/*/include/stddef.h))
PACKAGES       := $(if $(or $(LIBCLANG_PATH),$(and $(LIBCLANG),$(CLANG_HEADERS))),,libclang-dev)
PACKAGES       += $(if $(shell command -v cc > /dev/null && command -v c++),,g++)
# The pages are tested in a browser, unless OKR_LEDGER_NO_BROWSER is set because none is available.
PACKAGES       += $(if $(or $(OKR_LEDGER_NO_BROWSER),$(shell command -v chromedriver)),,chromium chromium-driver)
PACKAGES       := $(strip $(PACKAGES))

.PHONY: setup packages axe-core env clean-cache
setup: packages axe-core $(ROCKSDB_LIB_DIR)/librocksdb.a ## Install and build missing prerequisites; the other targets run it as needed
deny: $(CARGO_DENY)
fuzz: $(CARGO_FUZZ)

packages:
	if ! command -v cargo > /dev/null; then
	    echo "error: cargo is not installed; install the Rust toolchain, then run make again" >&2
	    exit 1
	fi
ifneq ($(PACKAGES),)
	$(SAY) "Installing $(PACKAGES)"
	sudo=$$([ $$UID = 0 ] || echo sudo)
	if ! { command -v apt-get && command -v $${sudo:-true}; } > /dev/null; then
	    echo "error: missing packages: $(PACKAGES) (Debian names); install them with your package manager, then run make again" >&2
	    exit 1
	fi
	$$sudo apt-get update -qq
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $(PACKAGES) > /dev/null
endif

# axe-core checks the accessibility of the pages. It is MPL-2.0, used by a test and not part of the program; if it is
# unavailable, the test says so.
AXE_CORE := 4.14.1

axe-core:
	folder=$${CARGO_TARGET_DIR:-target}/axe-core
	if [ "$(OKR_LEDGER_NO_BROWSER)" ] || [ -f $$folder/axe.min.js ] || ! command -v npm > /dev/null; then exit; fi
	mkdir -p $$folder
	if (cd $$folder && npm pack --silent axe-core@$(AXE_CORE) > /dev/null 2>&1); then
	    tar -xzf $$folder/axe-core-$(AXE_CORE).tgz -C $$folder --strip-components=1 package/axe.min.js package/LICENSE
	else
	    echo "axe-core cannot be fetched from this machine: the accessibility of the pages is not checked"
	fi

# The lock makes a second working copy wait and then use the result. Compiler flags are unset, because flags for this
# machine's processor must not end up in a shared archive.
$(ROCKSDB_LIB_DIR)/librocksdb.a: | packages
	$(if $(and $(ROCKSDB_VERSION),$(ROCKSDB_FEATURES)),,$(error no rocksdb version or features found))
	mkdir -p $(@D)
	exec 9> $(@D)/lock
	flock --nonblock 9 || { echo "Waiting for another working copy that is compiling RocksDB"; flock 9; }
	if [ -f $@ ]; then exit; fi
	$(SAY) "Compiling RocksDB $(ROCKSDB_VERSION), once only: about 25 minutes of processor time"
	rm -rf $(@D)/scratch
	while sleep 60 > /dev/null && kill -0 $$$$; do
	    echo "    $$(find $(@D)/scratch -path '*/librocksdb-sys-*' -name '*.o' | wc -l) of some 350 files"
	done 2> /dev/null 9>&- &
	trap "rm -rf $(@D)/scratch; kill $$! 2> /dev/null || true" EXIT
	env --unset=RUSTFLAGS --unset=CARGO_ENCODED_RUSTFLAGS ROCKSDB_COMPILE=1 \
	    cargo build --quiet --locked --release --package librocksdb-sys --target-dir $(@D)/scratch
	mv "$$(find $(@D)/scratch -name librocksdb.a)" $@

# Optimised for build time rather than speed: these tools read a few hundred manifests, or run cargo.
INSTALL := env --unset=CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
               CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 cargo install --quiet --locked

$(CARGO_DENY): | packages
	$(SAY) "Building cargo-deny $(CARGO_DENY_VERSION), once only: about 3 minutes of processor time"
	$(INSTALL) --root $(@:/bin/cargo-deny=) cargo-deny@$(CARGO_DENY_VERSION)

$(CARGO_FUZZ): | packages
	$(SAY) "Building cargo-fuzz $(CARGO_FUZZ_VERSION), once only: about a minute of processor time"
	$(INSTALL) --root $(@:/bin/cargo-fuzz=) cargo-fuzz@$(CARGO_FUZZ_VERSION)

env: ## Print the environment for running cargo directly: eval "$(make env)"
	echo 'export ROCKSDB_LIB_DIR="$(ROCKSDB_LIB_DIR)" ROCKSDB_STATIC=1'

clean-cache: ## Remove the compiled RocksDB and the tools from the cache
	$(SAY) "Removing $(CACHE)/rocksdb-* and $(CACHE)/cargo-*"
	rm -rf $(CACHE)/rocksdb-* $(CACHE)/cargo-deny-* $(CACHE)/cargo-fuzz-*
