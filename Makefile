# Everything here needs only make and Python 3.11 or later; `make help` says what there is.
PYTHON ?= python3
VENV ?= .venv
python = $(VENV)/bin/python
ROUNDS ?= 1
PROOF ?= docs/proof.md

# Named after what the files contain, so that only a change of them installs again, and no change is missed.
sum = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
run_files = requirements.txt embedded/requirements.txt
all_files = $(run_files) requirements-dev.txt
made = $(VENV)/.made
run_ready := $(VENV)/.run-$(call sum,$(run_files))
all_ready := $(VENV)/.all-$(call sum,$(all_files))

# What `make test` runs: on all cores, whole modules to one of them where that is as quick.
suite = --ignore=tests/deploy --ignore=tests/prove -n auto --dist worksteal --durations 10
# What `make test-deploy` runs: whole modules side by side, for each has a server of its own, in the order in which
# tests/deploy/conftest.py puts them. Two, also where there are more cores: each has a Cassandra beside the ring's.
deployment = tests/deploy -n 2 --dist loadfile --no-loadscope-reorder --durations 10

# On failure one line of ours, instead of pip's page.
define install
@echo "Installing $(1) into $(VENV); the first time this takes a minute ..."
@$(python) -m pip install --quiet --disable-pip-version-check $(addprefix -r ,$(1)) >$(VENV)/pip.log 2>&1 || { \
	echo "Error: pip could not install ($$(grep ERROR $(VENV)/pip.log | tail -n 1)): check the network and free space, then start again; see $(VENV)/pip.log" >&2; \
	exit 1; }
@rm -f $(VENV)/.$(2)-*
@touch $@
endef

.DEFAULT_GOAL := help
.PHONY: help run demo dev test test-deploy prove coverage bench screenshots messages lint audit format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: $(run_ready) ## Run the service with its own Cassandra and Valkey on http://127.0.0.1:8000 (APP_PORT); Ctrl-C stops it
	@exec $(python) -m embedded run

demo: $(run_ready) ## The same, with three people and 500 messages; prints their logins
	@exec $(python) -m embedded demo

dev: $(run_ready) ## The same, reloading on a change of code
	@exec $(python) -m embedded dev

test: $(all_ready) ## Run the tests against Cassandras and Valkeys of their own; ARGS="-k inbox" chooses, "-n0" takes one core
	@exec $(python) -m pytest $(suite) $(ARGS)

test-deploy: $(all_ready) ## Test the deployment: nginx, Prometheus, a ring of three nodes; wants Debian, root and 10 minutes
	@exec $(python) -m pytest $(deployment) $(ARGS)

prove: $(all_ready) ## Kill, hang and race everything, write docs/proof.md (PROOF); ROUNDS=5 does it 5 times as often
	@exec $(python) -m tests.prove --rounds $(ROUNDS) --report $(PROOF) $(ARGS)

coverage: $(all_ready) ## Run the tests, tell which lines they reach, and draw the badge
	@$(python) -m coverage erase
	$(python) -m coverage run -m pytest $(suite) $(ARGS)
	@$(python) -m coverage combine --quiet
	@$(python) -m coverage report
	@$(python) .github/badge.py $$($(python) -m coverage report --format total) >coverage.svg

bench: $(run_ready) ## Measure the service against its floor; needs wrk, takes a quarter of an hour
	@exec $(python) -m bench

screenshots: $(all_ready) ## Draw the pictures of the README anew
	@exec $(python) -m tests.browser.screenshots

messages: $(all_ready) ## Bring the catalogs of translations up to date with the code, and compile them
	@exec $(python) -m tests.catalogs

lint: $(all_ready) ## Check format, style, types and imports
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy
	$(VENV)/bin/lint-imports

audit: $(all_ready) ## Look the pinned packages up in the list of known holes; fails where that can't be asked
	$(python) -m deploy.audit

format: $(all_ready) ## Format the code and mend what can be mended
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

clean: ## Remove .venv, caches and the fetched jars; the data in .local stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov .local/jars
	find . -path ./.local -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(run_ready): $(made)
	$(call install,$(run_files),run)

$(all_ready): $(made)
	$(call install,$(all_files),all)

$(made):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Error: $(PYTHON) is missing or older than 3.11: name another, as in PYTHON=python3.12 make run" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Error: $(PYTHON) can't make virtual environments: install its venv package (Debian: apt install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m embedded check
	@$(PYTHON) -m venv $(VENV)
	@touch $@
