# The doors of this repository. A fresh machine needs Python 3.11 to 3.13 with its venv module, and make.
#
#   make demo      a batch of invoices from a sheet to their evidence, against stand-ins of the authorities
#   make test      everything that CI runs, except the linters
#   make chaos     hundreds of kills under everything that goes wrong, counted (KILLS=, SEED=, DATABASE=)
#   make lint      ruff, mypy, import rules, lock files
#   make bench     measurements as ratios
#   make services  the real servers that the tests use (Debian packages; needs root)
#   make lock      resolve the dependencies anew
#   make clean     remove the environment and the caches; never the data
#
# Another interpreter: make demo PYTHON=/usr/bin/python3.12

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
PYTEST_WORKERS ?= 2

.PHONY: demo test chaos lint bench services lock clean demo-environment environment

demo: demo-environment
	@$(BIN)/cancela demo

test: environment services
	$(BIN)/python -m pytest --numprocesses $(PYTEST_WORKERS) --dist loadfile --cov --cov-report= \
		--ignore tests/chaos/test_chaos.py $(PYTEST_OPTIONS)  # the storm itself: make chaos
	$(BIN)/coverage report --include='worker/domain/*,worker/engine/*' --skip-covered --fail-under=100

# KILLS=500 SEED=1 DATABASE=postgres|sqlite: the whole system, its processes killed and its servers made to suffer.
KILLS ?= 500
SEED ?= 1
DATABASE ?= postgres

chaos: environment services
	@$(BIN)/python -W ignore -m tests.chaos --kills $(KILLS) --seed $(SEED) --database $(DATABASE)

lint: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy worker producers schemas sandbox tests docs/generate.py
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet --no-header tests/doors/test_locks.py

bench: environment
	@if [ -f bench/__main__.py ]; then $(BIN)/python -m bench; \
	else echo "There is nothing to measure yet: the benchmarks arrive with the work on speed."; fi

services:
	@sh .ci/services

demo-environment: $(VENV)/demo.stamp
environment: $(VENV)/dev.stamp

# A stamp is newer than everything that its environment was made from.
$(VENV)/%.stamp: requirements/%.lock pyproject.toml .ci/environment
	@PYTHON="$(PYTHON)" sh .ci/environment $(VENV) $<
	@touch $@

# demo.lock holds what dev.lock holds, only less of it: both can live in one environment.
UV_COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

lock: environment
	$(UV_COMPILE) --all-extras --group dev --output-file requirements/dev.lock $(LOCK_OPTIONS)
	$(UV_COMPILE) --extra sandbox --group build --constraints requirements/dev.lock \
		--output-file requirements/demo.lock $(LOCK_OPTIONS)

clean:
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache *.egg-info
	find worker producers schemas sandbox tests docs bench -name __pycache__ -type d -prune -exec rm -rf {} +
