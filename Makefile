# Every command sets itself up first: .venv is made from the locked requirements, once per change of them.
VENV := .venv
PYTHON := $(VENV)/bin/python
STACK ?= local
BASE_PYTHON ?= $(shell command -v python3.11 || command -v python3)

.DEFAULT_GOAL := help
.PHONY: help setup demo local test lint format bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

$(VENV)/.ready: requirements-dev.txt
	@echo "Setting up $(VENV) (about a minute, once)"
	$(BASE_PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --disable-pip-version-check --require-hashes --progress-bar on -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.ready ## Make .venv from the locked requirements

demo: setup ## Deploy to the embedded AWS, run every workflow to its end, print what happened
	@$(PYTHON) -m local demo

local: setup ## Deploy to the embedded AWS and stay until Ctrl-C
	@$(PYTHON) -m local up --stack $(STACK)

test: setup ## Run every test
	$(PYTHON) -m pytest -n 2 --dist loadfile

lint: setup ## Check format, lint and types
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy .

format: setup ## Format, and fix what can be fixed
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: setup ## Measure; prints JSON lines
	@$(PYTHON) -m bench

# The development requirements hold all others, so their versions are everybody's.
COMPILE := uv pip compile -q --no-header --no-annotate --generate-hashes --no-emit-index-url --universal --python-version 3.11 pyproject.toml

lock: ## Renew the locked requirements from pyproject.toml (needs uv)
	@$(COMPILE) --group dev -o requirements-dev.txt
	@$(COMPILE) --group functions -c requirements-dev.txt -o requirements-functions.txt
	@$(COMPILE) --group demo -c requirements-dev.txt -o requirements-demo.txt
	@$(COMPILE) -c requirements-dev.txt -o requirements.txt

clean: ## Remove what was made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
