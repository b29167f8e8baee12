# Two commands do everything: `make demo` and `make test`. Both need Python 3.11 and make only.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable

.PHONY: help demo test test-long lint asyncapi lock clean

help: ## Say what can be made.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.demo ## Play the sample listings through the whole pipeline, on embedded parts.
	$(BIN)/twinlist demo

test: lint ## Lint, types, import contracts and all quick tests.
	$(BIN)/pytest -m "not long"

test-long: $(VENV)/.test ## The tests that do not fit into `make test`.
	$(BIN)/pytest -m long

lint: $(VENV)/.test ## Style, types and import contracts.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

asyncapi: $(VENV)/.test ## Write deploy/asyncapi.yaml anew from the code's types.
	$(BIN)/python -m stream.asyncapi

lock: ## Resolve the newest versions of everything into requirements.lock.
	uv pip compile pyproject.toml --all-extras --python-version 3.11 --no-header \
		--no-emit-index-url --no-annotate --output-file requirements.lock --upgrade

clean: ## Remove the environment and all that was built.
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and \
		"Twinlist needs Python 3.11, this is %d.%d: make PYTHON=/path/to/python3.11 …" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/pip pyproject.toml requirements.lock
	@echo "installing Twinlist into $(VENV), once"
	$(INSTALL) '.[local]'
	@touch $@

$(VENV)/.test: $(BIN)/pip pyproject.toml requirements.lock
	@echo "installing Twinlist and its test tools into $(VENV), once"
	$(INSTALL) '.[test]'
	@touch $@ $(VENV)/.demo
