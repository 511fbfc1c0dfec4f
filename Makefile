# One configuration, release, is built, so that demo, test and bench share one build folder.
.DEFAULT_GOAL := help
.PHONY: help build demo test lint format bench suite readme

SWIFT_SOURCES := Package.swift Sources Tests
REGLAZE := .build/release/reglaze

help: ## what can be made
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

build: ## the command, .build/release/reglaze
	@.ci/install
	@echo "==> Building reglaze"
	@swift build -c release --product reglaze --quiet

demo: build ## compile, check and edit the three example models
	@.ci/demo $(REGLAZE)

test: ## all tests; makes the PyTorch environment for those that capture
	@.ci/install strace
	@.ci/test

lint: ## the format of all Swift sources, without changing them
	@.ci/install
	@swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)

format: ## format all Swift sources in place
	@.ci/install
	@swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

bench: ## the speed of the engine, of whole commands and of capture, beside that of plain tools
	@.ci/install xxhash ninja-build
	@.ci/networks
	@echo "==> Building reglaze and its benchmarks"
	@swift build -c release --product reglaze --quiet
	@swift build -c release --product reglaze-bench --quiet
	@swift build -c release --product EngineBench --quiet
	@if [ -x .venv/bin/python ]; then .venv/bin/python -W ignore Tests/Networks/capture_layers.py .cache/networks; fi
	@.build/release/EngineBench
	@.build/release/reglaze-bench --reglaze $(REGLAZE) --networks .cache/networks
	@if [ -x .venv/bin/python ]; then OMP_NUM_THREADS=1 .venv/bin/python Tests/CaptureTests/Python/bench_incremental.py; \
		else echo "capture: skipped: no PyTorch"; fi

suite: build ## many programs against PyTorch (.build/suite/suite.md), then the long forms of the tests; hours
	@.ci/suite $(REGLAZE)
	@.ci/stress

readme: build ## run the commands of README.md again and renew their output there
	@.ci/readme-outputs --update $(REGLAZE)
