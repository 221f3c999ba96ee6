# Everything a newcomer types. `make lab` and `make test` set up all that they need, `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
RUN := venv/bin/python -m
ROOMS := lab cli clients components sandbox bench tests
SCRIPTS := .ci/run sandbox/plugins/dynamic_provider.sh .github/scripts/in_lab.sh
WORKFLOWS := $(wildcard $(CURDIR)/.github/workflows/*.yml)
# With a kernel in the nodes two of them ping each other at the end.
KERNEL := $(filter kernel,$(NODES))
# Many images for containers set it: each of the many processes would then compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE
VENV_TEST := $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null

.PHONY: help lab recover down test bench bench-node check tools

help:  ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

lab: tools  ## the post's lab in a sandbox on this machine: starts it, runs `pulumi up`, shows what stands; NODES=kernel
	$(RUN) sandbox up $(if $(NODES),--nodes $(NODES))
	$(if $(KERNEL),$(RUN) sandbox exec -- pulumi config set --path cnv-lab:hypervisors.replicas 2)
	$(RUN) sandbox exec -- pulumi up --yes --skip-preview
	$(RUN) sandbox show
	$(if $(KERNEL),$(RUN) sandbox play ping --vlan 1928)

recover: venv/.ready  ## after a run that died: STACK=mylab
	@[ -n "$(STACK)" ] || { echo "which stack? make recover STACK=mylab [YES=--yes]"; exit 1; }
	$(RUN) lab recover --stack $(STACK) $(YES)

down: venv/.ready  ## end the sandbox; all that was made in it is gone
	$(RUN) sandbox down

test: tools  ## every test
	$(RUN) sandbox.tools go test -C sandbox/tools/vcenter ./...
	$(RUN) pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder

bench: tools  ## what a lab costs beside bare Pulumi and one client's apply: SIZES="4 100" SUBJECTS="ours bare" OPTIONS=
	$(RUN) bench $(if $(SIZES),--sizes "$(SIZES)") $(if $(SUBJECTS),--subjects "$(SUBJECTS)") $(OPTIONS)

bench-node: tools  ## what nmstate takes for each bridge design on a real kernel: SIZES="4 100" DESIGNS= OPTIONS=--write
	$(RUN) bench.nodes $(if $(SIZES),--sizes "$(SIZES)") $(if $(DESIGNS),--designs "$(DESIGNS)") $(OPTIONS)

check: tools  ## style, types, who imports whom
	venv/bin/ruff check .
	venv/bin/ruff format --check .
	venv/bin/mypy $(ROOMS) __main__.py .github/scripts/stacks.py
	venv/bin/lint-imports
	venv/bin/yamllint --strict .
	venv/bin/shellcheck $(SCRIPTS)
	venv/bin/zizmor --offline --pedantic --quiet .github
	$(RUN) sandbox.tools go tool -C sandbox/tools/actionlint actionlint -shellcheck $(CURDIR)/venv/bin/shellcheck $(WORKFLOWS)
	$(RUN) sandbox.tools go vet -C sandbox/tools/vcenter ./...
	$(RUN) sandbox.tools go vet -C sandbox/tools/kubernetes ./machineset

tools: venv/.ready  ## what the sandbox runs: built once for this user, 15 to 30 minutes on two cores
	@$(RUN) sandbox.tools

venv/.ready: requirements.txt requirements-dev.txt
	@$(VENV_TEST) || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes python3-venv >/dev/null; } || true
	@$(VENV_TEST) || { echo "Python 3.11 or newer with its venv is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear venv
	venv/bin/pip install --quiet --requirement requirements-dev.txt
	@touch $@
