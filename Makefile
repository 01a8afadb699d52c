# `make` lists the commands. Everything is installed into .venv, everything that runs keeps its files in .local.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
CODE_TESTS := tests/unit tests/contract
API_TESTS := tests/browser $(wildcard tests/integration/test_api*.py tests/integration/test_[b-c]*.py tests/integration/test_filter*.py tests/integration/test_o*.py)
STACK_TESTS := tests/e2e tests/faults $(wildcard tests/integration/test_local*.py tests/integration/test_[s-w]*.py)

.DEFAULT_GOAL := help
.PHONY: help setup demo down status test test-services test-stack test-api test-code lint format eval bench fuzz-extract fuzz-watcher fuzz-api faults image-test audit sbom lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.local-installed ## Install what the services and the local stack need

demo: $(VENV)/.local-installed ## Run everything on this machine with the sample bulletins, and leave it running
	@$(BIN)/python -m deploy.local.demo

down: ## Stop what `make demo` or `bulletins up` started
	@if [ -x $(BIN)/bulletins ]; then $(BIN)/bulletins down; else echo "Nothing is installed here, so nothing runs."; fi

status: $(VENV)/.local-installed ## What runs, where it listens, where its log is
	@$(BIN)/bulletins status

# Four runs at once: tests with servers wait most of the time, the others compute. Each run has servers of its own. The output of
# three of them is shown when they end.
test: $(VENV)/.dev-installed ## All tests; they start the servers that they need on free ports
	@$(MAKE) --no-print-directory --keep-going --jobs=4 test-services test-stack test-api test-code

test-services:
	@$(BIN)/python -m pytest $(addprefix --ignore=,$(CODE_TESTS) $(API_TESTS) $(STACK_TESTS))

test-stack:
	@$(call test_aside,$(STACK_TESTS))

test-api:
	@$(call test_aside,$(API_TESTS))

test-code:
	@$(call test_aside,$(CODE_TESTS))

test_aside = mkdir -p build; $(BIN)/python -m pytest $(1) > build/$@.log 2>&1; status=$$?; cat build/$@.log; exit $$status

lint: $(VENV)/.dev-installed ## Style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.dev-installed ## Put the code in its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

eval: $(VENV)/.dev-installed ## Score the extraction on the annotated bulletins
	@$(BIN)/python -m tests.eval.evaluate

.PHONY: eval-layouts
eval-layouts: $(VENV)/.dev-installed ## Set the annotated bulletins in other layouts and count the events that change
	@$(BIN)/python -m tests.eval.layouts

bench: $(patsubst tests/bench/%.py,bench-%,$(wildcard tests/bench/[a-z]*.py)) ## All measurements, one after the other, and their table
	@$(BIN)/python -m tests.bench._summary

bench-%: $(VENV)/.dev-installed ## One measurement of tests/bench, its table also in build/bench/*.json
	@$(BIN)/python -m tests.bench.$* $(ARGS)

# JioNLP, which the extraction is measured against, is 150 MB and nothing else needs it.
bench-extract: $(VENV)/.bench-installed

# The extractor's rivals want other versions than the services, so they have an environment of their own.
bench-extractor: $(VENV)/.rivals-installed

fuzz-extract: $(VENV)/.dev-installed ## Read generated texts for ten minutes: none may raise or run away
	@$(BIN)/python -m tests.unit.extractor.fuzz --minutes 10

fuzz-watcher: $(VENV)/.dev-installed ## 10,000 hostile files through the watcher: each must end as a bulletin or a dead letter
	@$(BIN)/python -m tests.integration.fuzz_watcher

fuzz-api: $(VENV)/.dev-installed ## All that schemathesis thinks of, asked of a running API
	@$(BIN)/python -m tests.integration.fuzz_api

faults: $(VENV)/.dev-installed ## Kill, freeze and block everything under load for ten minutes, then prove that nothing was lost
	@$(BIN)/python -m tests.faults.run

image-test: $(VENV)/.local-installed ## Build the service image twice, compare, and run it without rights (needs Docker)
	@$(BIN)/python -m tests.integration.check_image

audit: $(VENV)/.dev-installed ## Compare what the image holds with the advisories of PyPI (needs pypi.org itself, no mirror)
	@$(BIN)/python -m deploy.tools.audit

sbom: $(VENV)/.dev-installed ## Write build/sbom.json: what the image holds, as CycloneDX
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements --output-reproducible --of JSON -o build/sbom.json --pyproject pyproject.toml requirements/image.lock

# A universal lock needs uv; it is a tool of this target alone and not part of any environment that runs something. Each lock but the
# first (`name within extras`) keeps to the versions of another, so that the image runs what the tests ran.
lock: $(VENV)/.base ## Write requirements/*.lock anew from pyproject.toml
	@$(PYTHON) -m venv $(VENV)/lock-tool
	@$(VENV)/lock-tool/bin/python -m pip install --quiet --disable-pip-version-check uv
	@for lock in "runtime" "local runtime --extra local" "dev local --extra local --extra dev" \
			"image dev --extra credentials --extra traces" "bench dev --extra local --extra dev --extra bench"; do \
		set -- $$lock; name=$$1; within=$${2:-}; shift $$(( $$# > 1 ? 2 : 1 )); \
		$(VENV)/lock-tool/bin/uv pip compile pyproject.toml $${within:+--constraint requirements/$$within.lock} "$$@" --universal --python-version 3.11 --generate-hashes \
			--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file requirements/$$name.lock || exit 1; \
	done
	@$(VENV)/lock-tool/bin/uv pip compile requirements/rivals.in --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file requirements/rivals.lock

clean: $(VENV)/.local-installed ## Stop everything and forget all bulletins and events; downloads and the environment stay
	@$(BIN)/python -c 'from deploy.local.stack import forget; forget()'

$(VENV)/.local-installed: $(VENV)/.base requirements/local.lock pyproject.toml
	@echo "Installing the services into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/local.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-installed: $(VENV)/.local-installed requirements/dev.lock
	@echo "Installing the test and lint tools into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

$(VENV)/.bench-installed: $(VENV)/.dev-installed requirements/bench.lock
	@echo "Installing what is measured against into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/bench.lock
	@touch $@

$(VENV)/.rivals-installed: $(VENV)/.dev-installed requirements/rivals.lock
	@echo "Installing what the extractor is measured against into $(VENV)/rivals"
	@$(PYTHON) -m venv --clear $(VENV)/rivals
	@$(VENV)/rivals/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/rivals.lock
	@touch $@

$(VENV)/.base:
	@command -v $(PYTHON) >/dev/null || { \
		echo "Python 3.11 or newer is needed and there is no $(PYTHON): install it, or name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version): name another: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv" >&2; \
		exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@
