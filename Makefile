# The platform on one machine. It needs Python 3.10 to 3.12, git and make; all other packages come from the lock files.
#
#   make demo    run mer_train once on generated music and show the results
#                LANDING=folder or s3://bucket/prefix: use this landing zone instead
#                STORE=s3://bucket/prefix: write the results to this object store
#                PARAMS='{"epochs": 5}': params of the run
#   make up      start Airflow on http://127.0.0.1:8080 and leave it running (PORT=8081: use another port)
#   make down    stop Airflow and Postgres
#   make status  show which processes run
#   make env     print the variables that python -m mer_tasks needs to use the running stack: eval "$(make -s env)"
#   make test    run the tests without the longest ones, two at a time (ARGS="tests/stages -k labels": run some of them)
#   make test-all   run all tests, with Airflow's own processes, a browser, whole DAGs and many trainings
#   make lint    run the linters and the type checker
#   make compose-env   write generated passwords and keys for docker-compose.yaml to .env
#   make test-compose  test docker-compose.yaml with substitute images, and with failures (needs Docker, and root on Debian)
#   make lock    update the lock files to new versions allowed by requirements*.in
#
# Variables given on the command line reach the commands through the environment.

SHELL := /bin/sh
VENV := .venv
PYTHON ?=
PYTHONS := $(if $(PYTHON),"$(PYTHON)",python3.11 python3.12 python3.10 python3 python)
RUN := $(VENV)/bin/python

# Set-up always writes bytecode, whatever the caller's environment says: with it, a new process starts three times as fast.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo up down status env test test-all lint lock compose-env test-compose
.NOTPARALLEL:

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed '/^Variables/,$$d'

# Makes bytecode with one process a core; pip has only one. What a package has for other versions of Python cannot be compiled.
COMPILE := { $(RUN) -m compileall -qq -j 0 $(VENV)/lib || true; }

# --no-deps: the lock files are complete, so pip's resolver is not needed; it wrongly reports celery[redis] as not pinned.
# The set-up is complete if .venv/locked has the hash of the lock file. It is written last, so an interrupted set-up starts again.
setup:
	@hash=$$(git hash-object requirements.txt) || exit 1; \
	if [ "$$(cat $(VENV)/locked 2>/dev/null)" = "$$hash" ] && $(VENV)/bin/mer --version >/dev/null 2>&1; then exit 0; fi; \
	for python in $(PYTHONS); do \
	  if "$$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "error: no Python 3.10, 3.11 or 3.12 with the modules venv and ensurepip among: "$(PYTHONS)"; make setup PYTHON=path/to/python3.11" >&2; exit 1; \
	fi; \
	echo "making $(VENV) with $$("$$found" --version) (some minutes)"; \
	rm -f $(VENV)/locked $(VENV)/locked-dev && "$$found" -m venv --clear $(VENV) && \
	$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: --no-compile -r requirements.txt && \
	$(COMPILE) && \
	$(RUN) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable . && \
	echo "$$hash" > $(VENV)/locked

setup-dev: setup
	@hash=$$(cat requirements-dev.txt requirements-encoders.txt | git hash-object --stdin) || exit 1; \
	if [ "$$(cat $(VENV)/locked-dev 2>/dev/null)" = "$$hash" ]; then exit 0; fi; \
	$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --no-compile -r requirements-dev.txt -r requirements-encoders.txt && \
	$(COMPILE) && \
	echo "$$hash" > $(VENV)/locked-dev

demo up down status env: setup
	@$(RUN) -m mer_tasks.local_stack $@

# One file's tests stay in one process, which shares databases and models between them; long files come first.
TOGETHER := -n $(or $(WORKERS),2) --dist loadfile --no-loadscope-reorder

test: setup-dev
	@$(RUN) -m pytest $(if $(ARGS),$(ARGS),$(TOGETHER) -m "not processes and not heavy")

test-all: setup-dev
	@$(RUN) -m pytest $(TOGETHER) $(ARGS)

lint: setup-dev
	@$(RUN) -m ruff check && $(RUN) -m ruff format --check && $(VENV)/bin/lint-imports --no-logo --no-cache && $(RUN) -m mypy

compose-env:
	@docker/make-env

test-compose: setup-dev
	@tests/compose/run $(ARGS)

lock: setup-dev
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes --output-file requirements.txt requirements.in
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes --output-file requirements-dev.txt requirements-dev.in
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes --output-file requirements-gpu.txt requirements-gpu.in
