# install_packages NAME… : Debian packages by apt, or an error that names them. Sourced after lib.sh.
install_packages() {
  local names
  names=$(printf '%s\n' "$@" | sort -u | tr '\n' ' ')
  command -v apt-get > /dev/null ||
    fail "missing on this machine: $names(Debian's names)" "install them with the machine's package manager"
  [ "$(id -u)" = 0 ] || fail "missing on this machine: $names" "as root: apt-get install $names"
  export DEBIAN_FRONTEND=noninteractive
  # The package lists may be old or not there at all; one update, and only when something is to be installed.
  stubbornly "reading package lists" apt-get update ||
    say "the package lists could not all be read; trying with those that are there"
  # shellcheck disable=SC2086 # a list of names
  stubbornly "installing $names" apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 $names ||
    fail "apt-get cannot install $names" "see the lines above; check the machine's package sources"
  say "installed $names"
}
