#!/bin/sh
# Picks the Python that runs dynamic resources, as the official plugin does: that of the project's `virtualenv` option
# (the engine passes runtime options as PULUMI_RUNTIME_*; a relative one is relative to the program), else
# PULUMI_PYTHON_CMD, else python3. PYTHONPATH must have the folder that sandbox/ is in.
set -eu

if [ -n "${PULUMI_RUNTIME_VIRTUALENV:-}" ]; then
    case $PULUMI_RUNTIME_VIRTUALENV in
        /*) environment=${PULUMI_RUNTIME_VIRTUALENV%/} ;;
        *) environment=$PWD/${PULUMI_RUNTIME_VIRTUALENV%/} ;;
    esac
    python=$environment/bin/python
    if [ ! -x "$python" ]; then
        echo "Pulumi.yaml names the virtualenv $environment, which has no bin/python: make it (make lab does)." >&2
        exit 1
    fi
    PATH=$environment/bin:$PATH
    export PATH
    unset PYTHONHOME
else
    python=${PULUMI_PYTHON_CMD:-python3}
fi

exec "$python" -u -m sandbox.plugins.start dynamic_provider "$@"
