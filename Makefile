# Thin: every target is one script, so that CI, people and tools run the same thing.
.PHONY: run test bench bench-vtl soak fuzz

run: ## build and start Stagegate with the pet store example
	@scripts/run.sh

test: ## install what the tests need, then run everything
	@scripts/test.sh

bench: ## measure beside nginx and HAProxy; writes bench/RESULTS.md
	@bench/run

soak: ## half an hour of changes at half load beside nginx; writes bench/RESULTS.md
	@bench/soak.py

bench-vtl: ## measure templates beside Apache Velocity; writes bench/RESULTS.md
	@bench/vtl.py

fuzz: ## run every fuzz target for FUZZ_SECONDS (default 60) each
	@scripts/fuzz.sh
