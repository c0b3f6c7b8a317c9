# Every target that people and CI use. `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install proto lint types test chart faults bench evaluate images test-images server-images test-containers \
    compose-up compose-demo compose-down up down status logs demo wheels clean lock

BIN := .venv/bin
PYTHON_IN_VENV := $(BIN)/python
INSTALLED := .venv/.installed
MEMBERS := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
TEST_WORKERS ?= 2
# A bound for a slow or busy machine; the aim on two free cores is 600.
TEST_LIMIT_S ?= 1500
COMPOSE_LOCAL ?=
COMPOSE ?= docker-compose --file compose.yaml $(if $(COMPOSE_LOCAL),--file docker/compose/local.yaml)
COMPOSE_DOWN ?=
DEMO ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) proto ## make .venv with the locked packages and all members; instant when nothing changed

$(INSTALLED): requirements.lock tools/install_workspace.sh $(MEMBERS)
	@tools/install_workspace.sh
	@touch $@

proto: $(INSTALLED) ## generate libs/contracts from proto/; instant when nothing changed
	@$(PYTHON_IN_VENV) tools/generate_contracts.py

lint: proto ## style, import rules, contracts, tracked files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/buf lint libs/contracts/src/throughline/descriptors.binpb --path throughline
	$(BIN)/buf format --diff --exit-code proto
	$(PYTHON_IN_VENV) tools/check_breaking_changes.py
	$(PYTHON_IN_VENV) tools/check_tracked_files.py
	$(PYTHON_IN_VENV) tools/check_dependencies.py
	$(PYTHON_IN_VENV) tools/check_status_page.py
	$(PYTHON_IN_VENV) tools/generate_event_catalogue.py --check
	$(PYTHON_IN_VENV) tools/generate_observability.py --check
	$(PYTHON_IN_VENV) tools/generate_chart.py --check

types: proto ## mypy --strict over every member, its tests and the tools
	$(PYTHON_IN_VENV) tools/check_types.py

test: proto ## all tests but faults and load, in about 10 minutes on two cores
	timeout --signal INT --kill-after 30 $(TEST_LIMIT_S) $(BIN)/pytest -n $(TEST_WORKERS) --dist loadgroup -m "not faults and not load and not chart and not images"

chart: proto ## render the Helm chart with both majors of Helm, lint it, check it against schemas; CRDs need THROUGHLINE_CRD_SCHEMAS
	$(PYTHON_IN_VENV) tools/check_chart.py
	$(BIN)/pytest -n $(TEST_WORKERS) tests/chart

faults: proto ## break a running suite on purpose and check that nothing is lost
	$(BIN)/pytest tests/faults tests/fuzz tests/integration tests/end_to_end services/collab services/pipeline -m faults

bench: proto ## measure throughput and latency, beside limits measured in the same run; a million rows take a while
	$(PYTHON_IN_VENV) tests/load/bench.py

evaluate: proto ## judge lead scores and duplicates on real data; needs THROUGHLINE_DATA
	$(PYTHON_IN_VENV) tests/evaluation/lead_scores.py
	$(PYTHON_IN_VENV) tests/evaluation/duplicates.py

images: $(INSTALLED) ## build the container image of every service; needs an engine, docker/engine start
	$(PYTHON_IN_VENV) tools/build_images.py

test-images: $(INSTALLED) ## run and look into every built image
	$(BIN)/pytest tests/images

server-images: $(INSTALLED) ## build local images of PostgreSQL, Apache Kafka and an S3 server, where none can be pulled
	$(PYTHON_IN_VENV) tools/build_server_images.py

test-containers: proto ## the adapters and the suite's integration on PostgreSQL and Apache Kafka in containers
	THROUGHLINE_POSTGRES_IMAGE=throughline-local/postgres:18 THROUGHLINE_KAFKA_IMAGE=throughline-local/kafka:4 \
	    $(BIN)/pytest -n $(TEST_WORKERS) --dist loadgroup libs/chassis/tests/adapters tests/integration -m "not faults and not load"

compose-up: proto ## start the suite in containers; COMPOSE_LOCAL=1 takes the images of make server-images
	$(if $(COMPOSE_LOCAL),THROUGHLINE_OTLP=) $(PYTHON_IN_VENV) tools/prepare_compose.py
	$(COMPOSE) up --detach
	$(PYTHON_IN_VENV) tools/prepare_compose.py --await

compose-demo: compose-up ## play the demo on it
	set -a && . .var/compose/cli.env && $(BIN)/throughline demo $(DEMO)

compose-down: ## stop it; its data stays in volumes, unless COMPOSE_DOWN=--volumes
	$(COMPOSE) down $(COMPOSE_DOWN)

up: proto ## start the suite on this machine
	$(BIN)/throughline up

down: ## stop it
	$(BIN)/throughline down

status: ## what runs, where, how it is
	$(BIN)/throughline status

logs: ## follow the logs of all services
	$(BIN)/throughline logs

demo: proto ## start the suite and walk a lead through it, with a sample company
	$(BIN)/throughline demo

wheels: proto ## build the wheels of all members into dist/
	@$(PYTHON_IN_VENV) tools/build_wheels.py

clean: ## remove everything that is built; keeps the suite's data in .var/
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis libs/contracts/src/buf
	find libs/contracts/src/throughline -mindepth 1 ! -path '*/throughline/__init__.py' ! -path '*/throughline/py.typed' -delete
	find libs services tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(INSTALLED) ## compile requirements.in to requirements.lock, without changing pins that need not change
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    requirements.in --output-file requirements.lock
