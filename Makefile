# What people do with this checkout. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PYTHON

CLINIC := .venv/bin/clinic

.PHONY: help demo stop status logs hold release environment environment-dev servers check test prove mutations restore-drill test-containers compose-check images screenshots lock openapi events assets clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  . .local/env; .venv/bin/clinic --help   operators'"'"' commands on the running demo'

demo: environment servers ## run everything on this machine; DETACH=1 returns when it is ready
	@$(CLINIC) demo start $(if $(DETACH),--detach)

stop: ## stop what `make demo` started
	@if [ -x $(CLINIC) ]; then $(CLINIC) demo stop; else echo "It does not run."; fi

status: ## which processes run, and where
	@$(CLINIC) demo status

logs: ## follow the logs; NAME=appointments-api for one process
	@$(CLINIC) demo logs $(if $(NAME),--name $(NAME))

hold: ## stop one process and keep it down: NAME=rabbitmq
	@$(CLINIC) demo hold $(NAME)

release: ## let a held process start again: NAME=rabbitmq
	@$(CLINIC) demo release $(NAME)

environment:
	@deploy/bin/environment.sh runtime

environment-dev:
	@deploy/bin/environment.sh dev

servers:
	@deploy/bin/system-packages.sh postgresql rabbitmq

check: environment-dev ## code, types, import rules, templates, migrations, locks
	@deploy/bin/check.sh

test: environment-dev servers ## unit, integration and browser tests; docs/testing.md says on which servers
	@deploy/bin/system-packages.sh chromium
	@.venv/bin/pytest -q -n 2 --dist loadfile --durations=10 $(ARGS)

prove: environment-dev servers ## the promises with their full counts; writes docs/evidence/ (ARGS="-k sealing" for some)
	@PROVE=1 .venv/bin/pytest -q -s -m prove --timeout=7200 --durations=10 $(ARGS)

restore-drill: environment-dev servers ## restore the ledger of a product of its own to an older dump, see red, repair, compare
	@PROVE=1 .venv/bin/pytest -q -s --timeout=600 tests-integration/restored/test_restore_drill.py $(ARGS)

mutations: environment-dev servers ## break a copy of the product on purpose, 17 times: which tests notice (ARGS="parking sequence" for some)
	@PROVE=1 .venv/bin/python tests-integration/mutations/run.py $(ARGS)

test-containers: environment-dev servers ## the integration tests on containers; `make images` where there is no registry
	@TEST_SERVERS=containers .venv/bin/pytest --durations=10 tests-integration --ignore=tests-integration/journeys --ignore=tests-integration/browser $(ARGS)

compose-check: environment-dev ## build the image, `docker compose up`, walk through the pages, remove everything
	@TEST_SERVERS=containers .venv/bin/pytest tests-integration/containers/test_compose.py $(ARGS)

images: ## local stand-ins of the public images, for a machine with a container engine and no registry
	@deploy/bin/standin-images.sh

screenshots: environment-dev servers ## every page at 390 and 1280 px, checked
	@deploy/bin/system-packages.sh chromium
	@.venv/bin/python tests-integration/browser/screenshots.py $(ARGS)

lock: environment-dev ## make requirements/*.txt anew from requirements/*.in
	@deploy/bin/lock.sh

openapi: environment-dev ## write docs/openapi/ anew from the services' routes
	@.venv/bin/python -m clinic.deploy.openapi docs/openapi

events: environment-dev ## write docs/events.md and docs/asyncapi.yaml anew from the catalog
	@.venv/bin/python -m clinic.deploy.events docs

assets: environment ## compile the portal's style sheets (needs Node; the result is committed)
	@.venv/bin/python services/portal/assets/build.py

clean: stop ## stop, and delete the demo's data
	@rm -rf .local
