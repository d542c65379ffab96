#!/bin/sh
# All tests that need no node; with --lab also those on real nodes of the lab (minutes, root).
# Ends with one line "N passed, N failed". Takes Ansible from PATH (scripts/env.sh).
set -eu
cd "$(dirname "$0")"
. ../../scripts/env.sh
command -v ansible-playbook > /dev/null || { echo "no ansible-playbook on PATH: run the project's setup" >&2; exit 1; }
# the interpreter that Ansible is installed for: the tests load the modules into it
python=$(ansible-playbook --version | sed -n 's/.*python version = .*(\(\/.*\)).*/\1/p')
exec "$python" -B runner.py "$@"
