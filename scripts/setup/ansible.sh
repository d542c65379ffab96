#!/usr/bin/env bash
# Ansible and its linters in a virtual environment of their own; every package pinned by its hash.
#
# To update: edit ansible/requirements.in, then
#   pip-compile --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links requirements.in
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

requirements=$clone/scripts/setup/ansible/requirements.txt

# ansible-core 2.19 runs on Python 3.11 to 3.13
python=""
for name in python3 python3.13 python3.12 python3.11; do
  if "$name" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null; then
    python=$(command -v "$name")
    break
  fi
done
[ -n "$python" ] || fail "no Python 3.11 to 3.13 with the module venv" "install one, e.g. apt-get install python3 python3-venv"

key="$("$python" --version) $(hash_of "$requirements" "${BASH_SOURCE[0]}")"
if stamped "$key" "$KUBESMITH_CACHE/ansible/bin/ansible-playbook"; then exit 0; fi

# Virtual environments cannot be moved: each version has its folder, and a link is put in place last.
folder=ansible-$(echo "$key" | sha256sum | cut -c 1-12)
rm -rf "${KUBESMITH_CACHE:?}/$folder"
quietly "making a virtual environment" "$python" -m venv "$KUBESMITH_CACHE/$folder"
stubbornly "installing $(grep -o '^ansible-core==[^ ]*' "$requirements")" \
  "$KUBESMITH_CACHE/$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  --requirement "$requirements" ||
  fail "Ansible could not be installed" "see the lines above; pip must reach its index (pip config list)"

old=$(readlink "$KUBESMITH_CACHE/ansible" || true)
[ -L "$KUBESMITH_CACHE/ansible" ] || rm -rf "$KUBESMITH_CACHE/ansible"
ln -sfn "$folder" "$KUBESMITH_CACHE/ansible"
[ -z "$old" ] || [ "$old" = "$folder" ] || rm -rf "${KUBESMITH_CACHE:?}/$old"

# On PATH are these commands, not the environment's python and pip.
mkdir -p "$KUBESMITH_CACHE/bin"
for command in ansible ansible-config ansible-doc ansible-inventory ansible-lint ansible-playbook yamllint; do
  rm -f "$KUBESMITH_CACHE/bin/$command"
  cat > "$KUBESMITH_CACHE/bin/$command" << SHIM
#!/bin/sh
# Written by scripts/setup/ansible.sh.
environment=\$(cd "\$(dirname "\$0")/../ansible" && pwd -P)
PATH="\$environment/bin:\$PATH" exec "\$environment/bin/$command" "\$@"
SHIM
  chmod +x "$KUBESMITH_CACHE/bin/$command"
done
stamp "$key"
say "$(grep -o '^ansible-core==[^ ]*' "$requirements") in its own environment"
