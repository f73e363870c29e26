# Everything one does here. `make` alone says what there is.

export PATH := $(PATH):$(HOME)/.cargo/bin

# PostgreSQL inside the executable; and OpenSSL too, where the system has none to build with.
OPENSSL := $(shell pkg-config --exists openssl 2>/dev/null || echo ,vendored-openssl)
TESTED := --locked --features bundled-postgres

.DEFAULT_GOAL := help
.PHONY: help run test torture release audit bench vendor

help: ## Say what there is
	@sed -n 's/^\([a-z]*\): .*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: ## Install what is missing, build, and start Jeton
	@scripts/setup
	cargo build --release $(TESTED)$(OPENSSL)
	@exec target/release/jeton serve

test: ## Check the layout and the lints, and run every test
	@scripts/setup test
	cargo fmt --check
	cargo clippy --all-targets $(TESTED) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items $(TESTED)
	cargo test $(TESTED)

torture: ## Kill Jeton and its PostgreSQL while it writes, ROUNDS times (50), and count what is lost
	@scripts/setup test
	JETON_TORTURE_ROUNDS=$${ROUNDS:-50} cargo test $(TESTED) --test it torture -- --nocapture

release: ## Make the one file to copy, with its checksum, notices and list of contents, in dist/
	@scripts/setup
	@scripts/release

audit: ## Hold the dependencies against licences and advisories
	@command -v cargo-deny >/dev/null || { echo "make audit needs cargo-deny: cargo install --locked cargo-deny" >&2; exit 1; }
	cargo deny --locked check

bench: ## Measure
	@scripts/setup bench
	cargo bench $(TESTED)$(OPENSSL) --bench jeton

vendor: ## Fetch the vendored files again and redraw the icons
	@scripts/vendor
