#!/bin/sh
# All tests of the image builder; root and the lab's images are needed. Ends with one line "N passed, N failed".
set -eu
cd "$(dirname "$0")"
. ../../scripts/env.sh
command -v ansible-playbook > /dev/null || { echo "no ansible-playbook on PATH: run the project's setup" >&2; exit 1; }
python=$(ansible-playbook --version | sed -n 's/.*python version = .*(\(\/.*\)).*/\1/p')
exec "$python" -B run.py "$@"
