# Everything a newcomer types. `make lab` and `make test` set up what they need.
SHELL := /bin/bash
PYTHON ?= python3
ROOMS := lab cli clients components sandbox tests

.PHONY: check test

venv/.ready: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv venv
	venv/bin/pip install --quiet --requirement requirements-dev.txt
	@touch $@

check: venv/.ready
	venv/bin/ruff check .
	venv/bin/ruff format --check .
	venv/bin/mypy $(ROOMS)
	venv/bin/lint-imports
	venv/bin/yamllint --strict .

test: venv/.ready
	venv/bin/python -m pytest
