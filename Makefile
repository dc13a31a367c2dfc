# Every door of the repository; `make` alone lists them. Each target sets up what it needs first.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
NODE := node_modules/node/bin/node

.PHONY: help setup localnet localnet-down lab dev test check rows sim bench bench-liquid fuzz-liquid profile mutants proto clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## Get the packages and the pinned Node; every other target does it by itself.
	@command -v node >/dev/null || { echo 'Node 20 or later with npm is needed: https://nodejs.org'; exit 1; }
	@node tools/setup.js

localnet: setup ## Run four real validators on this machine until Ctrl-C (ARGS="-n 7 --base-port 30000").
	@$(NODE) bin/artel.js localnet up $(ARGS)

localnet-down: setup ## Stop the validators that `make localnet` left or that run elsewhere.
	@$(NODE) bin/artel.js localnet down $(ARGS)

lab: setup ## Measure the lab against all its goals, hours (S=file plays one scenario, B=lab-up one goal).
	@$(if $(S),$(NODE) bin/artel.js lab run $(S) $(ARGS),$(NODE) --no-warnings tools/bench.ts $(or $(B),/lab-) --runs 1)

dev: setup ## Run a chain in one process, with only Node: RPC on port 26657, funded keys, time travel.
	@$(NODE) bin/artel.js dev $(ARGS)

test: setup ## Run all tests, those with real validators too (T=path for some of them).
	@$(NODE) --no-warnings tools/test.ts $(T)

check: setup ## Check format, lint, types, generated code and the repository's own rules, under a minute.
	@$(NODE) tools/check.ts

rows: setup ## Print each acceptance row of docs/spec with its tests and their last result (O=json).
	@$(NODE) tools/rows.ts $(if $(O),-o $(O))

sim: setup ## Play random commands of all modules against the invariants (SEED=n).
	@$(NODE) --no-warnings --max-semi-space-size=64 chain/sim/main.ts --seed $(or $(SEED),1) $(ARGS)

mutants: setup ## Make each rule of a module wrong and see whether its tests notice (M=coupons SAMPLE=200).
	@$(NODE) --no-warnings tools/mutants.ts $(if $(M),--module $(M)) $(if $(SAMPLE),--sample $(SAMPLE))

bench: setup ## Measure speeds, and keep the figures under docs/bench (B=name for some of them, N=runs).
	@$(NODE) --no-warnings tools/bench.ts $(B) --runs $(or $(N),5)

profile: setup ## Measure the pipeline under a CPU profiler; print what takes most time (ARGS="--blocks 20").
	@$(NODE) --no-warnings tools/profile.ts $(ARGS)

bench-liquid: setup ## Measure the liquid sync against its goals (ARGS=--full for all their runs).
	@$(NODE) --no-warnings liquid/sync/bench/main.ts $(ARGS)

fuzz-liquid: setup ## Feed damaged messages to whatever reads them in liquid/ (N=5000000).
	@$(NODE) --no-warnings liquid/sync/test/fuzz.ts $(or $(N),5000000)

proto: setup ## Generate proto/generated from proto/artel.
	@node_modules/.bin/buf generate

clean: ## Remove everything that was got or made: node_modules, caches, builds, local chains.
	@[ ! -d .localnet ] || [ ! -x $(NODE) ] || $(NODE) bin/artel.js localnet down
	@rm -rf node_modules dist coverage .cache .localnet
