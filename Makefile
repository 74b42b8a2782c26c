# Everything a person types. Needs Python 3.11 or newer and make; the rest is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench torture sbom screenshot check-debian check-pretix clean

# Tests and benchmarks use both cores, one process each, because half of them wait for processes.
PYTEST_ARGS ?= -n 2

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "headcount needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(VENV)/.run ## the main job with no hardware and no network
	@$(BIN)/headcount demo

test: $(VENV)/.dev ## the whole suite
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.dev ## format, lint, types, layers, security lint, consistent pins
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r src
	$(BIN)/python -m pip --disable-pip-version-check check

bench: $(VENV)/.dev ## ratios against a peer in the same run
	$(BIN)/python -m benchmarks

sbom: $(VENV)/.dev ## build/sbom.json: what runs beside our own code (CycloneDX)
	$(BIN)/python -m tests.sbom build/sbom.json

screenshot: $(VENV)/.dev ## docs/images/live.svg: the README's picture, from a rehearsal
	$(BIN)/python -m tests.screenshot docs/images/live.svg

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache

check-debian: $(VENV)/.dev ## the whole job on a new Debian 12 (debootstrap, as root); some minutes
	tests/field/check_debian.sh

check-pretix: $(VENV)/.dev ## import from a real pretix and push to it (needs the network); some minutes
	tests/field/check_pretix.sh

torture: $(VENV)/.dev ## every fault harness in full; about an hour, some of it as root
	$(BIN)/python -m tests.faults
