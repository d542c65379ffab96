#!/usr/bin/env bash
# Programs that Debian packages. Only what is missing is installed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$clone/scripts/setup/apt.sh"

missing=()
while read -r command package; do
  case $command in
    '' | '#'*) ;;
    /*) [ -e "$command" ] || missing+=("$package") ;;
    *) command -v "$command" > /dev/null || missing+=("$package") ;;
  esac
done < "$clone/scripts/setup/debian-packages.txt"

# Ansible's virtual environment needs both modules; Debian puts them into a package of their own.
python3 -c 'import venv, ensurepip' 2> /dev/null || missing+=(python3 python3-venv)

[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
