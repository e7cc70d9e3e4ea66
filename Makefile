# The two commands a newcomer needs are `make demo` and `make test`; `make` alone lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first Python 3.11 or later on the path; `make PYTHON=/path/to/python3 ...` chooses another.
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV ?= .venv
PY := $(VENV)/bin/python
BIN := $(VENV)/bin

# make test: processes that share the tests, MODELS=1 adds the PyTorch models, ARGS go to pytest.
WORKERS ?= 2
MODELS ?= 0
ARGS ?=

export PYTHONUNBUFFERED := 1

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "kiplatform needs Python 3.11 or later; none was found on the path. Install it, or say where it is: make PYTHON=/path/to/python3"; exit 1; }

.PHONY: demo
demo: python ## start the demo company: environment, model, data, server and worker, until Ctrl-C
	@$(PYTHON) tools/bootstrap.py --venv $(VENV) base
	@$(PY) tools/compile_messages.py
	@exec $(PY) manage.py demo $(ARGS)

.PHONY: venv
venv: python ## make the environment for developers: every package except the models
	@$(PYTHON) tools/bootstrap.py --venv $(VENV) dev

.PHONY: venv-models
venv-models: venv ## add PyTorch and sentence-transformers (about 6 GB)
	@$(PYTHON) tools/bootstrap.py --venv $(VENV) models

.PHONY: system
system: python ## install (Debian, as root) or name the system packages that the tests need
	@$(PYTHON) tools/system_packages.py

.PHONY: compile
compile: venv ## build the .mo files from the .po files
	@$(PY) tools/compile_messages.py

.PHONY: test
test: venv $(if $(filter 1,$(MODELS)),venv-models) system compile ## run every test and say what was skipped and why
	$(PY) tools/run_clean.py --minutes 40 -- \
		$(PY) -m pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term \
		$(if $(filter all,$(KIP_REQUIRE)),--cov-fail-under=90) $(ARGS)

.PHONY: test-fast
test-fast: venv compile ## run the tests that need no browser and no server
	$(PY) tools/run_clean.py --minutes 20 -- \
		$(PY) -m pytest -n $(WORKERS) --dist loadgroup -m "not e2e and not servers and not faults and not models" $(ARGS)

.PHONY: format
format: venv ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lint
lint: venv ## check the format, the lint rules and the templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet --configuration pyproject.toml portal kiplatform

.PHONY: types
types: venv ## check the types
	$(BIN)/mypy

.PHONY: layers
layers: venv ## check who imports whom
	$(BIN)/lint-imports --no-logo --cache-dir var/cache/import-linter

.PHONY: migrations
migrations: venv ## check that no migration is missing
	DJANGO_SETTINGS_MODULE=kiplatform.settings.test $(PY) manage.py makemigrations --check --dry-run

.PHONY: messages
messages: venv system ## check that every text is translated
	$(PY) -m tools.check_messages

.PHONY: audit
audit: venv ## look the locked packages up among the known vulnerabilities
	$(PY) -m tools.audit

.PHONY: check
check: lint types layers migrations messages ## everything that CI checks before the tests

.PHONY: lock
lock: venv ## resolve the exact versions anew from the ranges in pyproject.toml
	$(PY) tools/lock.py $(ARGS)

.PHONY: clean
clean: ## remove what tools made, keep the environment, the database and the models
	rm -rf build dist htmlcov .coverage .coverage.* .hypothesis var/cache
	find . -name __pycache__ -type d -not -path "./$(VENV)/*" -prune -exec rm -rf {} +
