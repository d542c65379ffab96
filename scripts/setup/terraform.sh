#!/usr/bin/env bash
# Terraform or OpenTofu from PATH; if there is neither, OpenTofu built from the pinned Go module in go/opentofu.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# import blocks with for_each, mocks in tests
least=1.9.0

for name in terraform tofu; do
  version=$("$name" version 2> /dev/null | sed -n '1s/^[A-Za-z]* v//p') || true
  if [ -n "$version" ] && version_at_least "$version" "$least"; then exit 0; fi
done

need_go 1.25 OpenTofu
workplace
cd "$clone/scripts/setup/go/opentofu"
export CGO_ENABLED=0 GOTOOLCHAIN=local
stubbornly "no Terraform or OpenTofu $least on PATH: building OpenTofu" nice -n 10 go build -mod=readonly -trimpath \
  -buildvcs=false -ldflags "-s -w -X github.com/opentofu/opentofu/version.dev=no" \
  -o "$work/tofu" github.com/opentofu/opentofu/cmd/tofu ||
  fail "OpenTofu could not be built" "see the lines above, or put Terraform $least or newer on PATH"
mv "$work/tofu" "$KUBESMITH_CACHE/bin/tofu"
say "$(TF_CLI_CONFIG_FILE=/dev/null "$KUBESMITH_CACHE/bin/tofu" version | sed -n 1p)"
