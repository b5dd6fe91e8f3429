# Every command sets itself up first: .venv is made from the locked requirements, once per change of them, and
# holds what the commands that were given so far need. BASE_PYTHON=/path/to/python chooses the Python it is made with.
VENV := .venv
PYTHON := $(VENV)/bin/python
STACK ?= local
# The Python that functions run on when they are deployed: DEPLOYED in components/common/code/runtimes.py.
DEPLOYED_PYTHON := 3.13

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo local test lint format generate pictures bench soak lock clean needs-demo needs-dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: needs-demo ## Deploy to the embedded AWS, run every workflow to its end, print what happened
	@$(PYTHON) -m local demo

local: needs-demo ## Deploy to the embedded AWS and stay until Ctrl-C
	@$(PYTHON) -m local up --stack $(STACK)

test: needs-dev ## Run every test, and those of the functions on the Python they are deployed on
	@sh tools/functions.sh setup $(DEPLOYED_PYTHON)
	@$(PYTHON) -m pytest -n 2 --dist loadfile
	@sh tools/functions.sh test $(DEPLOYED_PYTHON)

lint: needs-dev ## Check format, lint, types and the map of imports
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy .
	@PYTHONPATH=lambda_src $(VENV)/bin/lint-imports

format: needs-dev ## Format, and fix what can be fixed
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

generate: needs-dev ## Renew the documents and data that are generated
	@$(PYTHON) -m tools.generate

pictures: needs-dev ## Look at the approver's pages in a browser, and renew docs/approval-page.png
	@$(PYTHON) -m pytest -q tests/approvals/page/test_looks.py
	@cp build/screenshots/approval-page.png docs/approval-page.png

bench: needs-dev ## Measure; prints JSON lines
	@$(PYTHON) -m bench

soak: needs-dev ## Play 10,000 random histories of approvals (SEED=n for those of a seed, HISTORIES=n for so many)
	@PYTHONPATH=lambda_src $(PYTHON) -m tests.approvals.histories.soak $(SEED:%=--seed %) $(HISTORIES:%=--histories %)

setup: needs-dev ## Make .venv hold what every command needs

needs-demo:
	@sh tools/setup.sh $(VENV) demo

needs-dev:
	@sh tools/setup.sh $(VENV) dev

# The development requirements hold all others, so their versions are everybody's.
COMPILE := uv pip compile -q --no-header --no-annotate --generate-hashes --no-emit-index-url --universal --python-version 3.11 pyproject.toml

lock: ## Renew the locked requirements from pyproject.toml (needs uv)
	@$(COMPILE) --group dev -o requirements-dev.txt
	@$(COMPILE) --group functions -c requirements-dev.txt -o requirements-functions.txt
	@$(COMPILE) --group demo -c requirements-dev.txt -o requirements-demo.txt
	@$(COMPILE) -c requirements-dev.txt -o requirements.txt

clean: ## Remove what was made
	@rm -rf $(VENV) $(VENV)-* $(VENV).lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
