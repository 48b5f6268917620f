# `make run` opens destui on your own store; `make test` runs every check. Both install what they need.
PYTHON ?= python3
BIN := .venv/bin
# Compiled code starts three times as fast; some environments switch compiling off.
unexport PYTHONDONTWRITEBYTECODE

# Tests that `make test` runs on a team's store too; `make test-team` runs all.
TEAM := tests/e2e/test_stops_and_tries.py

.PHONY: run demo test tests check-and-team test-team check servers bench docs schema torture clean

run: .venv/installed
	@$(BIN)/destui

demo: .venv/installed
	@$(BIN)/destui demo

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("destui needs Python 3.11 or newer; this is %s. Set PYTHON=…" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[load]'
	@$(BIN)/python -m compileall -q destui
	@touch $@

.venv/tested: .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

servers:
	@tests/servers/install

# The checks of the code go beside the tests, which often wait; so do those on a team's store.
test: .venv/tested servers
	@$(MAKE) --no-print-directory -j 2 tests check-and-team

tests: .venv/tested servers
	@$(BIN)/python -m pytest -n 5 --dist worksteal -q

check-and-team: check servers
	@$(BIN)/python -m pytest -q -p no:cacheprovider --store postgresql $(TEAM)

# What uses a home, on a team's store: `make test` does a part of it.
test-team: .venv/tested servers
	@$(BIN)/python -m pytest -n 4 --dist worksteal -q --store postgresql tests/e2e

check: .venv/tested
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: .venv/tested
	@$(BIN)/python -m compileall -q destui
	@$(BIN)/python -m bench

# SEED=…, SIZE=… (kills in each kind of store), FAULTS="kills store …": docs/torture.md
torture: .venv/tested servers
	@$(BIN)/python -m tests.torture $(if $(SEED),--seed $(SEED)) $(if $(SIZE),--size $(SIZE)) $(FAULTS)

# After a change of the migrations.
schema: .venv/tested
	@$(BIN)/python -c 'from destui.store import opening; opening.NEW_STORE.write_text(opening.recorded())'

docs: .venv/tested
	@$(BIN)/python -m docs.pictures
	@$(BIN)/python -m docs.diagnosis

clean:
	rm -rf .venv build dist *.egg-info
