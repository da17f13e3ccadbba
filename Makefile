# The platform on one machine, with Python 3.10 to 3.12, git and make: everything else comes from the lock files.
#
#   make demo    run mer_train on generated music and show what it found
#                LANDING=folder or s3://bucket/prefix: on that instead; STORE=s3://bucket/prefix: results go there;
#                PARAMS='{"epochs": 5}': params of the run
#   make up      leave Airflow running on http://127.0.0.1:8080 (PORT=8081: there)
#   make down    stop it
#   make env     variables for python -m mer_tasks while it is up: eval "$(make -s env)"
#   make test    run the tests but the longest, two at a time (ARGS="tests/stages -k labels": some of them, long ones too)
#   make test-all   run all tests: with Airflow's own processes, a browser, whole DAGs, many trainings
#   make lint    what continuous integration checks besides
#   make compose-env   passwords and keys for docker-compose.yaml, into .env
#   make test-compose  bring docker-compose.yaml up on stand-ins for its images, and break it (needs Docker, and root on Debian)
#   make lock    find new versions for requirements*.in
#
# Variables of the command line reach the commands through the environment.

SHELL := /bin/sh
VENV := .venv
PYTHON ?=
PYTHONS := $(if $(PYTHON),"$(PYTHON)",python3.11 python3.12 python3.10 python3 python)
RUN := $(VENV)/bin/python

# Bytecode makes each new process three times as fast to start: written at set-up, whatever the caller's environment says.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo up down status env test test-all lint lock compose-env test-compose
.NOTPARALLEL:

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed '/^Variables/,$$d'

# The lock files are complete; pip's own resolver, which they need not (--no-deps), takes celery[redis] for something they do not pin.
# The set-up is done when .venv/locked has the hash of the lock file; it is written last, so a set-up that was cut short is begun anew.
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
	$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: --compile -r requirements.txt && \
	$(RUN) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable . && \
	echo "$$hash" > $(VENV)/locked

setup-dev: setup
	@hash=$$(git hash-object requirements-dev.txt) || exit 1; \
	if [ "$$(cat $(VENV)/locked-dev 2>/dev/null)" = "$$hash" ]; then exit 0; fi; \
	$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --compile -r requirements-dev.txt && \
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
