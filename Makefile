# Verbs that only delegate. `make help` lists them.
SHELL := /bin/bash
BUILD ?= build/release
JOBS ?= $(shell nproc)

.DEFAULT_GOAL := help
.PHONY: help deps build everything run stop test bench lint format asan tsan fuzz images offline-images test-compose test-upgrade test-kubernetes clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make run options: FEED=sim|live  VENUES=<exchanges>  CAPTURE=<file or folder>  SPEED=1|10|max  RATE=<messages/s>  CLEAN=1  DETACH=1"

deps: ## install what is missing (Debian 12)
	@deploy/install-deps.sh

build: deps ## release build of what people run into build/release
	@deploy/build.sh release $(JOBS) product

everything: deps ## tests and measuring programs too
	@deploy/build.sh release $(JOBS)

run: build ## the whole system on this machine, with a live table
	@FEED='$(FEED)' VENUES='$(VENUES)' CAPTURE='$(CAPTURE)' SPEED='$(SPEED)' RATE='$(RATE)' CLEAN='$(CLEAN)' DETACH='$(DETACH)' \
		deploy/run-local.sh start

stop: ## end what `make run DETACH=1` started
	@deploy/run-local.sh stop

test: everything ## all tests of all tiers; TIER=unit|integration|e2e|chaos for one
	@tests/run.py --build $(BUILD) $(if $(TIER),--tier $(TIER)) $(if $(FILTER),--filter '$(FILTER)')

bench: everything ## speed, as ratios to ceilings measured in the same run
	@tools/bench/run.sh $(BUILD)

lint: everything ## layers, format, clang-tidy; CHANGED=1: clang-tidy only on what differs from main
	@CHANGED='$(CHANGED)' SINCE='$(SINCE)' tools/lint/run.sh $(BUILD)

format: deps ## clang-format every source
	@git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' | xargs -r ls -d 2>/dev/null | xargs -r clang-format -i

asan: deps ## unit and integration tests under AddressSanitizer and UBSan
	@deploy/build.sh asan $(JOBS)
	@tests/run.py --build build/asan --tier unit --tier integration

tsan: deps ## unit tests, and integration tests without gRPC, under ThreadSanitizer
	@deploy/build.sh tsan $(JOBS)
	@TSAN_OPTIONS=suppressions=$(CURDIR)/tests/support/tsan.supp tests/run.py --build build/tsan --tier unit --tier integration --exclude rpc --exclude service --exclude collector_integration --exclude gateway_live --exclude gateway_upstream

FUZZ_SECONDS ?= 10
fuzz: deps ## every fuzz target for FUZZ_SECONDS (10); TARGETS="wire time" for some
	@deploy/build.sh fuzz $(JOBS)
	@tests/fuzz/run.sh build/fuzz $(FUZZ_SECONDS) $(TARGETS)

images: ## container images of everything; BINARIES=host takes build/release/bin, BASE_IMAGE=<image> another base
	@BINARIES='$(BINARIES)' BASE_IMAGE='$(BASE_IMAGE)' deploy/images.sh

offline-images: ## base and third-party images out of Debian's packages, where no registry can be reached
	@deploy/offline-images.sh

test-compose: build ## docker-compose up from nothing, checked from outside; needs Docker, makes its own images
	@deploy/test-compose.sh $(BUILD)

test-upgrade: build ## from the version FROM=<commit> to this one, one service at a time and under load
	@FROM='$(FROM)' deploy/test-upgrade.sh $(BUILD)

test-kubernetes: build ## the manifests against a real API server, which is built from Debian's sources at first (ten minutes)
	@deploy/kube-apiserver.sh
	@tests/run.py --build $(BUILD) --tier integration --filter api_server

clean: ## remove build folders and .run
	@deploy/run-local.sh stop >/dev/null 2>&1 || true
	@rm -rf build .run
