# The two commands: `make reanalysis` and `make test`. Each sets up .venv first, once.
# Needs Python >= 3.11 with venv, a C++ compiler and make; nothing is downloaded but packages from the index.

PYTHON ?= python3
CORES := $(shell getconf _NPROCESSORS_ONLN)
RUN := .venv/bin
INSTALL := $(RUN)/pip install --quiet --constraint constraints.txt
# A process on each core, with one thread.
PARALLEL := --numprocesses $(CORES) --dist worksteal

.PHONY: reanalysis test test-minimal slow coverage lint types docs benchmark clean
.DELETE_ON_ERROR:

# The main job on the simulated network: trains, predicts hidden stations and the grid, prints the scores.
reanalysis: .venv/ready
	$(RUN)/aqnet reanalyze simulated --out runs/simulated

test: .venv/test-ready
	OMP_NUM_THREADS=1 $(RUN)/python -m pytest $(PARALLEL)

# The oldest dependencies, with SciPy in the place of torch-cluster.
test-minimal: .venv-minimal/ready
	OMP_NUM_THREADS=1 .venv-minimal/bin/python -m pytest $(PARALLEL) \
		tests/baselines tests/graph tests/io tests/nn tests/properties tests/readers

# Long trainings and large searches.
slow: .venv/test-ready
	OMP_NUM_THREADS=1 HYPOTHESIS_PROFILE=thorough $(RUN)/python -m pytest $(PARALLEL) -m "slow or not slow"

lint: .venv/test-ready
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(RUN)/zizmor --offline --quiet .github

types: .venv/test-ready
	$(RUN)/mypy

# The tests, the lines and branches that none of them ran, and the branch coverage of each part; at least 90 % where users' files and
# commands are handled.
coverage: .venv/test-ready
	OMP_NUM_THREADS=1 $(RUN)/python -m pytest $(PARALLEL) --cov --cov-report=term-missing:skip-covered
	$(RUN)/python benchmarks/branch_coverage.py

# The site, in build/docs. Needs no network.
docs: .venv/test-ready
	$(RUN)/python -m sphinx --quiet --fail-on-warning --keep-going -d build/doctrees docs build/docs

# Ratios of speed and memory, written to benchmarks/RESULTS.md; with QUICK=1 small sizes, printed only; PARTS="tuning grid" are some
# of them, BEFORE=FOLDER an earlier checkout that is measured beside this one.
benchmark: .venv/test-ready
	$(RUN)/python benchmarks/speed.py $(PARTS) $(if $(QUICK),--quick) $(if $(BEFORE),--before $(BEFORE))

# What the main job needs. torch-cluster is a source distribution whose build needs torch, so torch comes first and the build is
# not isolated; its files are compiled side by side and without debug information: minutes instead of a quarter of an hour.
.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) torch setuptools wheel
	printf '[build_ext]\nparallel = $(CORES)\n' > .venv/build.cfg
	DIST_EXTRA_CONFIG=$(CURDIR)/.venv/build.cfg CFLAGS=-g0 $(INSTALL) --no-build-isolation torch-cluster
	$(INSTALL) --editable '.[report,verde]'
	touch $@

# What the tests, the checks and the site need besides.
.venv/test-ready: .venv/ready
	$(INSTALL) --editable '.[dev]'
	touch $@

.venv-minimal/ready: pyproject.toml constraints-minimal.txt
	$(PYTHON) -m venv .venv-minimal
	.venv-minimal/bin/pip install --quiet --constraint constraints-minimal.txt \
		--editable '.[dask,download,evaluation,graphgym,r,report,test]' pytest-xdist
	touch $@

clean:
	rm -rf .venv .venv-minimal build dist runs
