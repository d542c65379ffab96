#!/usr/bin/env bash
# Installs what the project needs: all of it, or the named groups and what they stand on.
#
#   scripts/setup.sh [GROUP…]      groups: see the table below
#
# A tool on PATH is taken if it fits; else it comes into the cache ($KUBESMITH_CACHE, see scripts/env.sh) or, for what
# Debian packages, from its package. Nothing else is written outside the clone (and Go's and pip's own caches). A second
# run finds everything and takes a second or two. Groups run side by side as far as their needs allow.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/setup/lib.sh"

# Group, and what must be there before. One file each in scripts/setup/.
groups="node debian terraform provider ansible chromium portal images"
declare -A needs=(
  [node]=""
  [debian]=""
  [terraform]=""
  [provider]="terraform"
  [ansible]="debian"
  [chromium]="debian"
  [portal]="node"
  [images]="node debian"
)

declare -A wanted=()
want() {
  [ -n "${needs[$1]+known}" ] || fail "there is no group \"$1\"" "use: $groups"
  wanted[$1]=yes
  local need
  for need in ${needs[$1]}; do want "$need"; done
}
for group in ${*:-$groups}; do want "$group"; done

mkdir -p "$KUBESMITH_CACHE"/{bin,logs,stamps}
exec 9> "$KUBESMITH_CACHE/.setup.lock"
if ! flock --nonblock 9; then
  say "another set-up is at work on this cache; waiting for it"
  flock 9
fi

# Runs one group when its needs are done. Its exit status is kept in $results/<group>.
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
declare -A jobs=()
# Each group is a process group of its own, so that an interruption reaches all that it has started.
set -m
interrupted() {
  trap - INT TERM
  for job in "${jobs[@]}"; do kill -TERM -- "-$job" 2> /dev/null || true; done
  fail "interrupted" "run it again: what is done stays done"
}
trap interrupted INT TERM
run_group() {
  local need
  for need in ${needs[$1]}; do
    while [ ! -e "$results/$need" ]; do sleep 0.05; done
    [ "$(cat "$results/$need")" = 0 ] || { finish "$1" skipped; return; }
  done
  local status=0
  KUBESMITH_GROUP=$1 bash "$here/setup/$1.sh" 9>&- || status=$?
  finish "$1" "$status"
}
finish() {
  echo "$2" > "$results/$1.new"
  mv "$results/$1.new" "$results/$1"
}
for group in $groups; do
  [ -n "${wanted[$group]+yes}" ] || continue
  run_group "$group" < /dev/null &
  jobs[$group]=$!
done
for group in "${!jobs[@]}"; do wait "${jobs[$group]}" || true; done

failed=""
for group in "${!jobs[@]}"; do
  [ "$(cat "$results/$group" 2> /dev/null)" = 0 ] || failed="$failed $group"
done
[ -z "$failed" ] || fail "not complete:$failed" "the reasons are above; run it again when they are gone, what is done stays done"
say "complete"
