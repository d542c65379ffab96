#!/usr/bin/env bash
# The portal's packages (node_modules of the clone), exactly those of yarn.lock.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$clone"
manifests=(package.json yarn.lock .yarnrc.yml)
for file in packages/*/package.json plugins/*/package.json; do [ ! -f "$file" ] || manifests+=("$file"); done
# Native modules are compiled for one Node.js, so its version counts as well. The stamp lies beside what it tells of.
key="$(node --version) $(hash_of "${manifests[@]}")"
note=node_modules/.kubesmith-setup
if [ "$(cat "$note" 2> /dev/null)" = "$key" ]; then exit 0; fi

stubbornly "installing the portal's packages" yarn install --immutable ||
  fail "yarn install failed" "see the lines above; if yarn.lock does not fit the packages, run: yarn install"
echo "$key" > "$note"
say "packages installed"
