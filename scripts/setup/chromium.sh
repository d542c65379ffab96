#!/usr/bin/env bash
# A browser for the tests of the portal.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$clone/scripts/setup/apt.sh"

for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" > /dev/null; then exit 0; fi
done
install_packages chromium
