#!/usr/bin/env bash
# Runs a command with the kubeconfig that an environment's secret holds, in a file that is gone afterwards.
# Without the secret the command runs as it is: the stack then has kubernetes:kubeconfig of its own.
set -euo pipefail
if [[ -n "${KUBECONFIG_SECRET:-}" ]]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  (umask 077 && printf '%s\n' "$KUBECONFIG_SECRET" > "$folder/kubeconfig")
  export KUBECONFIG=$folder/kubeconfig
fi
# Neither `exec` (the trap would be lost) nor the content (the command has the file).
env -u KUBECONFIG_SECRET "$@"
