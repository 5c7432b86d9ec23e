# make demo and make test are all a new user needs; each makes the virtual environment first.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test coverage check docs package clean

demo: $(VENV)/.installed
	$(BIN)/neurogrow demo --out demo

test: $(VENV)/.test
	OMP_NUM_THREADS=1 MPLBACKEND=Agg $(BIN)/python -m pytest -n auto

coverage: $(VENV)/.test
	OMP_NUM_THREADS=1 MPLBACKEND=Agg $(BIN)/python -m pytest -n auto --cov

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/contracts.py
	$(BIN)/python tools/function_length.py

docs: $(VENV)/.docs
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

package: $(VENV)/.installed
	$(BIN)/python tools/check_package.py

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -e .
	touch $@

$(VENV)/.test: $(VENV)/.installed
	$(INSTALL) -e ".[test]"
	touch $@

$(VENV)/.docs: $(VENV)/.installed
	$(INSTALL) -e ".[docs]"
	touch $@

$(VENV)/.dev: $(VENV)/.test
	$(INSTALL) -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) demo build dist docs/_build .pytest_cache .mypy_cache .ruff_cache
