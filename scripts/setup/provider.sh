#!/usr/bin/env bash
# The Proxmox provider in a file system mirror, so that no order depends on a registry: downloaded by Terraform itself where
# it reaches its registry, else built from the pinned Go module in go/terraform-provider-proxmox.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

version=0.111.1
mirror=$KUBESMITH_CACHE/provider-mirror
configuration=$KUBESMITH_CACHE/terraformrc
program=$(command -v terraform || command -v tofu)
module=$clone/scripts/setup/go/terraform-provider-proxmox
key="$version $(basename "$program") $(hash_of "$module/go.mod" "$module/go.sum" "${BASH_SOURCE[0]}")"

if stamped "$key" "$configuration" && [ -d "$mirror" ]; then exit 0; fi
workplace

# From the registry. Unreachable registries must be given up soon: one try, 5 s.
download() {
  mkdir "$work/configuration" "$work/mirror"
  cat > "$work/configuration/main.tf" << HCL
terraform {
  required_providers {
    proxmox = {
      source  = "bpg/proxmox"
      version = "$version"
    }
  }
}
HCL
  say "asking the registry for the provider $version"
  (cd "$work/configuration" &&
    TF_CLI_CONFIG_FILE=/dev/null TF_REGISTRY_DISCOVERY_RETRY=0 TF_REGISTRY_CLIENT_TIMEOUT=5 \
      timeout 180 "$program" providers mirror -platform=linux_amd64 "$work/mirror" > "$setup_log" 2>&1)
}

build() {
  need_go 1.26 "the Proxmox provider"
  local path=bpg/proxmox/$version/linux_amd64 name=terraform-provider-proxmox_v$version
  mkdir -p "$work/mirror/registry.terraform.io/$path" "$work/mirror/registry.opentofu.org/$path"
  (cd "$module" && stubbornly "registry not reachable: building the provider $version" \
    env CGO_ENABLED=0 GOTOOLCHAIN=local nice -n 10 go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w" \
    -o "$work/mirror/registry.terraform.io/$path/$name" github.com/bpg/terraform-provider-proxmox) ||
    fail "the provider could not be built" "see the lines above; Go's module proxy must be reachable (go env GOPROXY)"
  ln "$work/mirror/registry.terraform.io/$path/$name" "$work/mirror/registry.opentofu.org/$path/$name"
}

download || { rm -rf "$work/mirror" && build; }

rm -rf "$mirror"
mv "$work/mirror" "$mirror"
cat > "$work/terraformrc" << HCL
# Written by scripts/setup/provider.sh.
disable_checkpoint = true

provider_installation {
  filesystem_mirror {
    path    = "$mirror"
    include = ["registry.terraform.io/bpg/proxmox", "registry.opentofu.org/bpg/proxmox"]
  }
  direct {
    exclude = ["registry.terraform.io/bpg/proxmox", "registry.opentofu.org/bpg/proxmox"]
  }
}
HCL
mv "$work/terraformrc" "$configuration"
stamp "$key"
say "provider bpg/proxmox $version"
