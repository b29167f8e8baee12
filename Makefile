# Two commands do everything: `make demo` and `make test`. Both need Python 3.11 and make only.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Blender's module is large and only draws: it stays out of the environment that everything runs in.
BLENDER := build/blender
# So does torch, which only trains: five gigabytes, most of them for GPUs.
TORCH := build/torch
INSTALL := $(BIN)/pip install --disable-pip-version-check --progress-bar off \
	--constraint requirements.lock --editable
# Of what pip says, what takes long: large files as they come in, then the unpacking.
LARGE := sed -un -e 's/^ *\(Downloading\|Using cached\) \([^-]*\)-.*(\(.* MB\))$$/  \2 \3/p' \
	-e 's/^Installing collected packages.*/  unpacking, half a minute more/p'

.PHONY: help demo test test-long test-training fuzz soak endurance lint audit asyncapi scenes dist picture lock clean

help: ## Say what can be made.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo
	@echo "With another Python 3.11: make PYTHON=/path/to/python3.11 ..."

demo: $(VENV)/.demo ## Play the sample listings through the whole pipeline, on embedded parts.
	$(BIN)/twinlist demo

test: lint audit ## Lint, types, import contracts, known vulnerabilities and all quick tests.
	$(BIN)/pytest -m "not long"

test-long: $(VENV)/.test ## The tests that do not fit into `make test`.
	$(BIN)/pytest -m long

test-training: $(TORCH)/.training ## The tests of training, in an environment with torch.
	$(TORCH)/bin/pytest tests/unit/training

fuzz: $(VENV)/.test ## Damaged events and photos by the ten thousand: make fuzz FUZZ="--photos 100000 --seed 2"
	$(BIN)/python -m tests.fuzz $(FUZZ)

soak: $(VENV)/.test ## 100,000 events under 100 random faults, an hour: make soak SOAK="--seed 2"
	$(BIN)/python -m tests.fault.soak $(SOAK)

endurance: $(VENV)/.test ## Half an hour of steady load: does anything grow? Into build/endurance.
	$(BIN)/python -m tests.fault.endurance $(ENDURANCE)

lint: $(VENV)/.test ## Style, types and import contracts.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

audit: $(VENV)/.test ## What a worker is made of (CycloneDX), and what is known against it, if that can be looked up.
	$(BIN)/python -m tests.audit $(AUDIT)

asyncapi: $(VENV)/.test ## Write deploy/asyncapi.yaml anew from the code's types.
	$(BIN)/python -m stream.asyncapi

scenes: $(BLENDER)/.scenes ## Render the sample listings' photos anew, and write what is true of them.
	$(BLENDER)/bin/python -m stream.demo.render_scenes

dist: $(VENV)/.test ## Build the wheel and the source archive into dist/.
	$(BIN)/hatchling build

# Of the demo slowly, so that the times shown are without waiting, and without tables, so that there is
# room for pairs; of an evaluation the worst three of either kind.
picture: $(VENV)/.demo ## Photograph the demo's report for the README, and the models' worst pairs; needs chromium.
	$(BIN)/twinlist demo --rate 2
	sed 's#</head>#<style>.plots, .cases { display: none }</style></head>#' \
		build/demo/report.html > build/demo/picture.html
	$(call photograph,build/demo/picture.html,1200$(comma)1570,deploy/report.webp)
	$(BIN)/twinlist evaluate stream/demo/scenes/listings.jsonl --out build/scenes.json --page build/scenes.html
	sed 's#</head>#<style>header, .plots, h2, .card:nth-of-type(n + 4) { display: none }</style></head>#' \
		build/scenes.html > build/worst.html
	$(call photograph,build/worst.html,1200$(comma)2970,deploy/worst-pairs.webp)

comma := ,
photograph = chromium --headless --no-sandbox --hide-scrollbars --window-size=$(2) \
	--screenshot=$(CURDIR)/build/picture.png file://$(CURDIR)/$(1) && $(BIN)/python -c 'from PIL import Image; \
	Image.open("build/picture.png").convert("RGB").save("$(3)", quality=80, method=6)'

lock: ## Resolve the newest versions of everything into requirements.lock.
	uv pip compile pyproject.toml --all-extras --python-version 3.11 --no-header \
		--no-emit-index-url --no-annotate --output-file requirements.lock --upgrade

clean: ## Remove the environment and all that was built.
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and \
		"Twinlist needs Python 3.11, this is %d.%d: make PYTHON=/path/to/python3.11 …" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(BLENDER)/.scenes: pyproject.toml requirements.lock
	@echo "installing Blender's Python module into $(BLENDER), once: 350 MB, about a minute"
	$(PYTHON) -m venv $(BLENDER)
	@$(subst $(BIN),$(BLENDER)/bin,$(INSTALL)) '.[scenes]' | $(LARGE)
	@touch $@

$(TORCH)/.training: pyproject.toml requirements.lock
	@echo "installing torch and the test tools into $(TORCH), once: 6 GB, some minutes"
	$(PYTHON) -m venv $(TORCH)
	@$(subst $(BIN),$(TORCH)/bin,$(INSTALL)) '.[test,train]' | $(LARGE)
	@touch $@

$(VENV)/.demo: $(BIN)/pip pyproject.toml requirements.lock
	@echo "installing Twinlist into $(VENV), once: 575 MB, about a minute"
	@$(INSTALL) '.[local]' | $(LARGE)
	@touch $@

$(VENV)/.test: $(BIN)/pip pyproject.toml requirements.lock
	@echo "installing Twinlist and its test tools into $(VENV), once: 900 MB, a minute or two"
	@$(INSTALL) '.[test]' | $(LARGE)
	@touch $@ $(VENV)/.demo
