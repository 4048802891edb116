# `make demo` shows the product. `make test` is for every change, `make long` for what takes longer; CI runs both.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable)

# With compiled files kept, whatever a shell says: without, every process compiles all of them anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q
POOL := -n auto --dist loadfile --no-loadscope-reorder
# Without the options of one's own: a report that was asked for stays the one of the whole run.
AGAIN := PYTEST_ADDOPTS= $(PYTEST) --last-failed --last-failed-no-failures none
# What fails in a browser is run once more, alone: failing again it is broken, passing it is unsteady, said so, and to be
# repaired. Anything else that fails has failed, a run that was ended too (pytest answers 1 for failed tests alone); it
# answers 5 where nothing else is left to collect.
ONLY_IN_A_BROWSER = { $(AGAIN) -m "not browser" --collect-only >/dev/null 2>&1; [ $$? = 5 ]; }
ONCE_MORE = { echo "ONCE MORE, ALONE: what passes now is unsteady and has to be repaired"; $(AGAIN) -m browser; }
MENDED = { [ $$? = 1 ] && $(ONLY_IN_A_BROWSER) && $(ONCE_MORE); }

# The last lines of pip name a package where it is the network that is missing, and are taken for its fault.
NOT_INSTALLED = { echo "Not everything could be installed. Is there a network, and room on the disk? Behind a proxy set" \
	"HTTPS_PROXY; where packages come from elsewhere, PIP_INDEX_URL. Then run make again."; exit 1; }

# Screens of the participant's guide and leaflet.
SCENES := --only welcome --only pin-choose --only practice --only reminders-ask --only today-open --only question-chosen \
	--only review --only today-received --only settings

.PHONY: demo demo-phone test long lint types tests unit browser lock advisories pictures clean chromium

# Build what is missing, simulate a study and serve it on loopback. `make demo ARGS=--fresh` starts over.
demo: $(STAMP)
	@$(BIN)/xerodiary demo $(ARGS)

# The same over https with a certificate of our own, for a phone on the same network.
demo-phone: $(STAMP)
	@$(BIN)/xerodiary demo --phone $(ARGS)

test: lint types tests

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

# In one pool: while a browser starts or a server is waited for, another test has the processor.
tests: $(STAMP) chromium
	@$(PYTEST) $(POOL) -m "not long" || $(MENDED)
	@echo "What takes minutes a file is left: make long"

# Seasons of storms, servers and databases that end in the middle, benches, and what is seen in a browser beside the main
# journeys: an evening, its reminder, joining, a coordinator's morning, an inspector's visit, an export.
long: $(STAMP) chromium
	@$(PYTEST) $(POOL) -m long || $(MENDED)

unit: $(STAMP)
	$(PYTEST) $(POOL) -m "not browser"

browser: $(STAMP) chromium
	@$(PYTEST) $(POOL) tests/browser || { [ $$? = 1 ] && $(ONCE_MORE); }

# Refresh all lock files together; a test compares them with pyproject.toml.
lock: $(STAMP)
	$(BIN)/python scripts/lock.py

# Ask the package index for known faults of what is locked. Apart from `test`, whose outcome is that of the sources alone;
# a job asks every day (.github/workflows/advisories.yml). Needs no virtual environment.
advisories:
	@$(PYTHON) scripts/known_faults.py

# The pictures of the README, of the participant's guide and of every screen, taken anew from staged data.
pictures: $(STAMP) chromium
	$(BIN)/python scripts/screenshots_console.py docs/pictures/console --guide
	$(BIN)/python scripts/screenshots_app.py docs/pictures $(SCENES) --size phone --language da --language en
	$(BIN)/python scripts/screens.py docs/screens

clean:
	rm -rf $(VENV) build var .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A browser is never skipped: installed where we may, else the run stops and names the command.
chromium:
ifeq ($(CHROMIUM),)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium ..."; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else echo "Chromium is missing. Install it with: sudo apt-get install chromium (or your system's own way)"; exit 1; fi
endif

$(STAMP): requirements/dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: install it, or run make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { echo "Python 3.11 to 3.14 is needed: run make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing: sudo apt-get install python3-venv"; exit 1; }
	@echo "Installing dependencies into $(VENV) (about a minute) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "$(VENV) could not be made. May you write here, and is there room on the disk?"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock || $(NOT_INSTALLED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . || $(NOT_INSTALLED)
	@touch $(STAMP)
