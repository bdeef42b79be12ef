# Linli 邻里. `make help` lists what there is; every recipe is one command, so that Ctrl-C reaches it.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
LINLI := $(BIN)/linli
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help run test demo bench chaos fuzz check format lock env doctor documents clean

help: ## Show what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Linli needs Python 3.11 or newer, this is %d.%d: install one and run `make PYTHON=python3.11 …`." % sys.version_info[:2])'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: on Debian, \`apt-get install python3-venv\`."; exit 1; }
	@echo "preparing .venv from requirements.lock (once, about half a minute) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

run: $(READY) ## Start everything on this machine, in the foreground (Ctrl-C stops it)
	@exec $(LINLI) up

demo: $(READY) ## One hotline order travels the six steps, on a throw-away stack
	@exec $(LINLI) demo

test: $(READY) ## Run every test, on real PostgreSQL and Valkey
	@exec $(BIN)/pytest -n 2 --dist loadfile

bench: $(READY) ## Measure beside pgbench and a minimal app (QUICK=1: two minutes; SCALE=1: how the cost grows)
	@QUICK=$(QUICK) SCALE=$(SCALE) exec $(BIN)/python -m tests.benchmarks

chaos: $(READY) ## Kill, hang and empty every part under load (SECONDS=60 SEED=7 bound it; CONTROL=1 must lose something)
	@exec $(BIN)/python -m tests.chaos $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(CONTROL),--control) $(if $(SAVE),--save $(SAVE))

fuzz: $(READY) ## Try every operation of every service as three roles (SECONDS=120 each, SEED=7)
	@exec $(BIN)/python -m tests.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(SAVE),--save $(SAVE))

check: $(READY) ## Format, lint, types, import rules, migrations and OpenAPI copies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(LINLI) check-migrations
	$(LINLI) documents --check

format: $(READY) ## Put the sources in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

documents: $(READY) ## Write docs/openapi and the README table from the code
	@exec $(LINLI) documents

env: $(READY) ## Write a .env with fresh secrets for docker compose, where there is none
	@exec $(LINLI) env

doctor: $(READY) ## Say what is wrong with this machine, and what to do
	@exec $(LINLI) doctor

lock: ## Resolve the dependencies anew, with hashes and without addresses
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --extra dev --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --output-file requirements-image.lock

clean: ## Remove .venv and the local stack's data (.linli)
	rm -rf .venv .linli
