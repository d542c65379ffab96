# Functions for the set-up's groups. Sourced, not run.
#
# say MESSAGE                  a progress line with the elapsed time
# fail MESSAGE REMEDY          an error a person can act on; ends the group
# quietly TITLE COMMAND…       runs it with its output in the group's log; tells every 20 s what goes on; on failure shows
#                              the log's end
# stubbornly TITLE COMMAND…    the same for what downloads: tried three times, because a registry may be busy for a moment
# stamped KEY PATH             true if this group was last completed with KEY and PATH still exists
# stamp KEY                    notes that this group is complete with KEY
# hash_of FILE…                one digest over the files' contents
# version_at_least HAVE WANT   compares dotted version numbers

clone=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$clone/scripts/env.sh"
export KUBESMITH_SETUP_BEGIN=${KUBESMITH_SETUP_BEGIN:-$(date +%s)}
setup_group=${KUBESMITH_GROUP:-setup}
setup_log=$KUBESMITH_CACHE/logs/setup-$setup_group.log

say() { printf '%5d s  %s: %s\n' $(($(date +%s) - KUBESMITH_SETUP_BEGIN)) "$setup_group" "$*"; }

fail() {
  say "ERROR: $1" >&2
  say "  what to do: $2" >&2
  exit 1
}

quietly() {
  local title=$1 begin=$SECONDS status=0
  shift
  say "$title"
  mkdir -p "$(dirname "$setup_log")"
  "$@" > "$setup_log" 2>&1 9>&- &
  local job=$! next=20
  while kill -0 $job 2> /dev/null; do
    sleep 0.1
    if [ $((SECONDS - begin)) -ge $next ]; then
      say "$title, at it for $((SECONDS - begin)) s ($(tail -n 1 "$setup_log" | tr -d '\r' | cut -c 1-90))"
      next=$((next + 20))
    fi
  done
  wait $job || status=$?
  [ $status = 0 ] && return
  say "failed: $title. The end of $setup_log:" >&2
  tail -n 15 "$setup_log" | sed 's/^/           /' >&2
  return $status
}

stubbornly() {
  local title=$1 attempt
  shift
  for attempt in 1 2 3; do
    if quietly "$title" "$@"; then return; fi
    [ $attempt = 3 ] || { say "trying again in $((attempt * 10)) s" >&2; sleep $((attempt * 10)); }
  done
  return 1
}

stamped() { [ -e "$2" ] && [ "$(cat "$KUBESMITH_CACHE/stamps/$setup_group" 2> /dev/null)" = "$1" ]; }

stamp() {
  mkdir -p "$KUBESMITH_CACHE/stamps"
  echo "$1" > "$KUBESMITH_CACHE/stamps/$setup_group.new"
  mv "$KUBESMITH_CACHE/stamps/$setup_group.new" "$KUBESMITH_CACHE/stamps/$setup_group"
}

hash_of() { cat "$@" | sha256sum | cut -c 1-16; }

version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort --version-sort | head -n 1)" = "$2" ]; }

# A place for unfinished things, on the cache's file system so that a rename puts them in place; gone at the end.
workplace() {
  work=$KUBESMITH_CACHE/.work-$setup_group
  rm -rf "$work"
  mkdir -p "$work"
  trap 'rm -rf "$work"' EXIT
}

# Go of at least version $1, or an error.
need_go() {
  local version
  version=$(go env GOVERSION 2> /dev/null | sed 's/^go//') || true
  [ -n "$version" ] && version_at_least "$version" "$1" && return
  fail "Go $1 or newer is needed to build $2; found ${version:-none}" "install Go $1 and put it on PATH"
}
