# Everything a checkout needs is made here: the virtual environment (.venv), the JavaScript
# (mudrock_jupyter/static, mudrock_jupyter/labextension) and a browser for the tests.
# What is up to date is not made again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
export npm_config_audit := false
export npm_config_fund := false
export npm_config_update_notifier := false

runtime := .venv/runtime.stamp
development := .venv/development.stamp
modules := js/node_modules/.package-lock.json
scripts := mudrock_jupyter/static/widget.js mudrock_jupyter/labextension/package.json
sources := $(shell find js/src -type f) $(wildcard js/*.json js/*.ts js/*.js)

labextension := share/jupyter/labextensions/mudrock-jupyter
linked := .venv/linked.stamp

say = @echo "==> $(1)"

.PHONY: help demo test lint test-js test-python browser bench build clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(linked) ## Set up, make the demo project, run it, open JupyterLab (ARGS=--no-lab: do not)
	$(call say,Running the demo)
	@mudrock demo $(ARGS)

test: lint test-js test-python ## Set up and run every check and test

lint: $(development) ## Check the Python style and types
	$(call say,Checking the Python style (ruff) and types (mypy))
	@ruff check .
	@mypy
	@mypy tests/operators/typed_own_operator.py

test-js: $(runtime) $(modules) ## Check the TypeScript and run its tests
	$(call say,Checking the TypeScript (svelte-check and tsc))
	@npm --prefix js run --silent check
	$(call say,Testing the TypeScript (vitest))
	@npm --prefix js run --silent test

test-python: $(development) $(linked) browser ## Run the Python, server, Postgres and browser tests (ARGS for pytest)
	$(call say,Testing Python with the server and the browser (pytest))
	@pytest $(ARGS)

browser: $(development) ## Find or install the Chromium of the browser tests
	@make/find-chromium.sh

bench: $(development) ## Print the benchmarks, as ratios against peers (ARGS=--quick: 20 wells)
	@python -m tests.benchmarks $(ARGS)

build: $(development) $(linked) ## Build the wheel and the sdist into dist/
	$(call say,Building the wheel and the sdist)
	@rm -rf dist
	@python -m build --no-isolation .
	@ls -l dist

clean: ## Remove everything that was made
	rm -rf .venv dist js/node_modules js/lib mudrock_jupyter/static mudrock_jupyter/labextension
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Looked for outside .venv, which may be there and broken.
.venv/pip.stamp:
	@python="$$(PATH="$${PATH#*:}" make/find-python.sh)"; \
	echo "==> Making a virtual environment in .venv with $$($$python --version)"; \
	"$$python" -m venv --clear .venv
	@python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

$(runtime): .venv/pip.stamp pyproject.toml
	$(call say,Installing mudrock_jupyter and what it needs (a few minutes the first time))
	@HATCH_JUPYTER_BUILDER_SKIP_NPM=1 python -m pip install --quiet --editable .
	@touch $@

$(development): $(runtime) pyproject.toml
	$(call say,Installing the development tools)
	@python -m pip install --quiet --group dev
	@touch $@

$(modules): js/package.json js/package-lock.json
	@make/check-node.sh
	$(call say,Installing the JavaScript packages)
	@cd js && npm ci --silent || npm ci --loglevel=error
	@touch $@

# jupyter-builder, which `npm run build` calls, comes with JupyterLab in .venv.
$(scripts) &: $(runtime) $(modules) $(sources)
	$(call say,Building the editor)
	@npm --prefix js run --silent build > .venv/build.log 2>&1 || { cat .venv/build.log; exit 1; }
	@touch $(scripts)

# JupyterLab shows what was built last, not the copy that pip made.
$(linked): $(runtime) $(scripts)
	@rm -rf .venv/$(labextension)
	@mkdir -p .venv/$(dir $(labextension))
	@ln -s $(CURDIR)/mudrock_jupyter/labextension .venv/$(labextension)
	@touch $@
