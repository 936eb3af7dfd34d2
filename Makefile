# Everything a developer does with Upstream. `make help` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
FOLDERS := backend tests benchmarks scripts clients
BIN := .venv/bin

# The first Python at hand that is new enough.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)

.PHONY: help setup run test explore lint typecheck format lock audit-dependencies schema schema-released cookbook budgets e2e python

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## |^bench-' $(MAKEFILE_LIST) | sed -E 's/^bench-%:/bench-NAME:/; s/:.*## /\t/' | expand -t 14

python:
	@test -n "$(PYTHON)" || { echo "Upstream needs Python 3.11 or newer: https://www.python.org/downloads/ (or name one: make PYTHON=…)"; exit 1; }

setup: python ## the Python environment, the npm tree and what they need of the system; starts nothing
	@$(PYTHON) scripts/install.py --tests

run: python ## Upstream with its demo: SPA on 3000, API on 8000 (SPA_PORT, API_PORT), SQLite in var/, no Redis
	@$(PYTHON) scripts/run.py

test: python ## every check: code, SQLite, PostgreSQL with Redis (DATABASE_URL, REDIS_URL), SPA, browser
	@$(PYTHON) scripts/test.py

explore: setup ## the property tests with ever new examples, until one fails
	@while HYPOTHESIS_PROFILE=explore $(BIN)/pytest tests -q -n 2 -m hypothesis; do :; done

lint: setup ## style, import contract and types, of Python and TypeScript
	$(BIN)/ruff check $(FOLDERS)
	$(BIN)/ruff format --check $(FOLDERS)
	PYTHONPATH=backend $(BIN)/lint-imports
	npm run --silent lint --workspace frontend
	@$(MAKE) --no-print-directory typecheck

typecheck: setup ## types alone
	$(BIN)/mypy
	npm run --silent typecheck --workspace frontend

format: setup ## put the code into its usual shape
	$(BIN)/ruff check --fix $(FOLDERS)
	$(BIN)/ruff format $(FOLDERS)
	cd frontend && npx biome check --write .

lock: setup ## write both locks anew from pyproject.toml (UPGRADE=1: with the newest versions it allows)
	$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

audit-dependencies: setup ## known faults of what is installed; needs PyPI and npm, and says "not run" where they do not answer
	@$(BIN)/python scripts/dependencies.py

schema: setup ## write schema.graphql, openapi.yaml, docs/permissions.md and the SPA's operations from the code
	@$(PYTHON) scripts/schema.py

schema-released: setup ## make the schema of today the one that clients are promised (docs/schema-changes.md)
	@$(BIN)/python scripts/schema_changes.py --release

cookbook: setup ## ask a fresh demo the questions of docs/cookbook.md, and write the answers into it
	@$(BIN)/python scripts/cookbook.py

e2e: setup ## the browser tests alone, on a stack of their own
	@$(PYTHON) scripts/e2e.py

bench-%: setup ## a benchmark: detection (writes docs/detection.md), detection_speed, intake, rollup, api, exports, security
	@$(BIN)/python -m benchmarks.$*

budgets: setup ## the SPA's budgets, on a stack of their own
	@$(PYTHON) scripts/e2e.py npm run --silent budgets --workspace frontend
