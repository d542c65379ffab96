#!/usr/bin/env bash
# Root file systems and containers of the lab's hosts. How: packages/lab/src/images/README.md.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ "$(uname -sm)" = "Linux x86_64" ] || fail "the lab's hosts are Linux on x86_64, this is $(uname -sm)" "use such a machine"
[ "$(id -u)" = 0 ] || fail "making root file systems takes root" "run it as root, or leave out this group"
need_go 1.26 "Kubernetes"

# Quick while all is up to date, and then silent. Downloads go through the machine's proxy, if it has one.
NODE_USE_ENV_PROXY=1 node "$clone/packages/lab/src/images/cli.ts" build | while IFS= read -r line; do
  case $line in
    'images: all up to date') ;;
    *' s  '*) say "${line#* s  }" ;;
    *) say "$line" ;;
  esac
done
