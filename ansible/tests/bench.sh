#!/bin/sh
# bench.sh bench_playbook.py|bench_bare.py: a bench on nodes of the lab (minutes, root); prints a line of JSON. See bench/README.md.
set -eu
cd "$(dirname "$0")"
. ../../scripts/env.sh
command -v ansible-playbook > /dev/null || { echo "no ansible-playbook on PATH: run the project's setup" >&2; exit 1; }
# the interpreter that Ansible is installed for, as in run.sh
python=$(ansible-playbook --version | sed -n 's/.*python version = .*(\(\/.*\)).*/\1/p')
export KUBESMITH_TEST_INSTANCE="${KUBESMITH_TEST_INSTANCE:-bench-nodes}"
exec "$python" -B "$1"
