# The two commands: `make reanalysis` and `make test`. Each sets up .venv first, once.
# Needs Python >= 3.11 with venv, a C++ compiler and make; nothing is downloaded but packages from the index.

PYTHON ?= python3
CORES := $(shell getconf _NPROCESSORS_ONLN)
RUN := .venv/bin

.PHONY: reanalysis test test-minimal slow coverage lint types docs clean
.DELETE_ON_ERROR:

# AQ-Net on the simulated network: trains, fills hidden stations and the grid, prints the scores.
reanalysis: .venv/ready
	$(RUN)/aqnet reanalyze simulated --out runs/simulated

test: .venv/ready
	$(RUN)/python -m pytest

# Graph and network on the oldest PyG, with SciPy in the place of torch-cluster.
test-minimal: .venv-minimal/ready
	.venv-minimal/bin/python -m pytest tests/graph tests/nn tests/properties

# Long trainings and large searches.
slow: .venv/ready
	HYPOTHESIS_PROFILE=thorough $(RUN)/python -m pytest -m "slow or not slow"

lint: .venv/ready
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: .venv/ready
	$(RUN)/mypy

# The tests, and the lines that none of them ran.
coverage: .venv/ready
	$(RUN)/python -m pytest --cov --cov-report=term-missing:skip-covered

# The site, in build/docs. Needs no network.
docs: .venv/ready
	$(RUN)/python -m sphinx --quiet --fail-on-warning --keep-going -d build/doctrees docs build/docs

# torch-cluster is a source distribution whose build needs torch, so torch comes first and the build is not isolated;
# its files are compiled side by side and without debug information, which makes it minutes instead of a quarter of an hour.
.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(RUN)/pip install --quiet --constraint constraints.txt torch setuptools wheel
	printf '[build_ext]\nparallel = $(CORES)\n' > .venv/build.cfg
	DIST_EXTRA_CONFIG=$(CURDIR)/.venv/build.cfg CFLAGS=-g0 \
		$(RUN)/pip install --quiet --constraint constraints.txt --no-build-isolation torch-cluster
	$(RUN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

.venv-minimal/ready: pyproject.toml constraints-minimal.txt
	$(PYTHON) -m venv .venv-minimal
	.venv-minimal/bin/pip install --quiet --constraint constraints-minimal.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv .venv-minimal build dist runs
