#!/usr/bin/env bash
# Runs a command with the kubeconfig that an environment's secret holds, in a file that is gone afterwards.
# Without the secret the command runs as it is: the stack then has kubernetes:kubeconfig of its own.
set -euo pipefail
if [[ -n "${KUBECONFIG_SECRET:-}" ]]; then
  # At the same place in each run: Pulumi's state keeps the path, and another one is a change of the provider.
  KUBECONFIG=${RUNNER_TEMP:?}/cnv-lab.kubeconfig
  export KUBECONFIG
  trap 'rm -f "$KUBECONFIG"' EXIT
  rm -f "$KUBECONFIG"
  (umask 077 && printf '%s\n' "$KUBECONFIG_SECRET" > "$KUBECONFIG")
fi
# Neither `exec` (the trap would be lost) nor the content (the command has the file).
env -u KUBECONFIG_SECRET "$@"
