# Every target makes the virtual environment it needs; VENV=... puts it elsewhere, JOBS=... sets the test processes.
PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
BIN := $(VENV)/bin
RUN := $(VENV)/.ready
DEV := $(VENV)/.ready-dev
BUILD := build

.PHONY: help solve test check package docs bench nightly clean
.DEFAULT_GOAL := help

help:
	@echo "make solve    train a network on real data to proven optimality, and verify it"
	@echo "make test     run the tests"
	@echo "make check    formatting, lint, types and tests: what a change must pass"
	@echo "make package  build sdist and wheel, install them into a fresh environment and use them"
	@echo "make docs     build the documentation site in build/site; a warning is an error"
	@echo "make bench    compare with the textbook model (BENCH_ARGS='--quick' for a few instances)"
	@echo "make nightly  the long random campaigns against enumeration"
	@echo "make clean    remove the virtual environment and everything that was built"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# A stamp is older than pyproject.toml exactly when the requirements may have changed.
$(RUN): pyproject.toml | $(BIN)/python
	@echo "installing dnnt-encode into $(VENV)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	@echo "installing dnnt-encode and its development tools into $(VENV)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(RUN)

# The exit code tells the status: 30 is OPTIMUM FOUND, 10 is "verified, within the threshold"; anything else is a failure here.
solve: $(RUN)
	@mkdir -p $(BUILD)
	$(BIN)/dnnt import-csv examples/breast_cancer.csv --target diagnosis --positive malignant --encode median \
		--hidden 2 --rows 100 --seed 5 -o $(BUILD)/breast_cancer.json
	$(BIN)/dnnt solve $(BUILD)/breast_cancer.json --time-limit 300 -o $(BUILD)/breast_cancer.weights.json; test $$? -eq 30
	$(BIN)/dnnt verify $(BUILD)/breast_cancer.json $(BUILD)/breast_cancer.weights.json; test $$? -eq 10

test: $(DEV)
	$(BIN)/python -m pytest -q -n $(JOBS)

check: $(DEV)
	JOBS=$(JOBS) bash .ci/check $(BIN)

package:
	bash .ci/package $(PYTHON)

docs: $(DEV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

bench: $(DEV)
	$(BIN)/python -m benchmarks.textbook $(BENCH_ARGS)

nightly: $(DEV)
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -q -n $(JOBS) -m nightly

clean:
	rm -rf $(VENV) $(BUILD) dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find dnnt_encode tests benchmarks examples -name __pycache__ -type d -exec rm -rf {} +
