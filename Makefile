# Everything a person types. Each target sets up what it needs first; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
ENV := . scripts/env.sh &&

.PHONY: help setup setup-portal demo demo-down test test-all test-unit lint lab-up lab-down shell

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: ## Install every tool the project needs into the cache (~/.cache/kubesmith)
	@scripts/setup.sh

setup-portal: ## Install only what editing and unit tests need (Node.js, packages)
	@scripts/setup.sh node portal

demo: setup ## Lab + portal + a cluster ordered by a student, used through her kubeconfig
	@$(ENV) node packages/e2e/src/demo.ts

demo-down: ## Stop and remove all of the demo
	@$(ENV) node packages/e2e/src/demo.ts --down

test: setup ## The tests; SUITES="packages lab" runs some, WITHIN=75 as many of the long ones as end in 75 minutes
	@$(ENV) node scripts/test/run.ts $(SUITES) $(if $(WITHIN),--all --within $(WITHIN))

test-all: setup ## All tests and the long ones: faults, races, kills at every boundary
	@$(ENV) node scripts/test/run.ts --all

test-unit: setup-portal ## Types, lint and the Jest tests only
	@$(ENV) KUBESMITH_TEST_WITHOUT_TERRAFORM=1 node scripts/test/run.ts format types types-lab types-e2e lint packages

lint: setup-portal ## ESLint, Prettier and types
	@$(ENV) node scripts/test/run.ts format types lint

lab-up: setup ## Only the lab: hypervisor double, hosts, identity provider
	@$(ENV) yarn lab up

lab-down: setup-portal ## Stop the lab and remove its data
	@$(ENV) yarn lab down

shell: setup-portal ## A shell with the project's tools on PATH
	@$(ENV) exec $${SHELL:-/bin/bash}
