#!/bin/sh
# Prints the files that a container image needs to call iptables and its kin, as "name real-path" lines.
# Runs inside a Debian root file system (on its shell's standard input). Arguments: names of programs.
set -eu
PATH=/usr/sbin:/usr/bin

programs=$(for name; do command -v "$name"; done)
plugins=$(ls /usr/lib/x86_64-linux-gnu/xtables/*.so)
# A static program has no libraries; ldd says so with an error.
libraries=$(for file in $programs $plugins; do ldd "$file" 2> /dev/null || true; done | grep -o '/[^ ]*' | sort -u)

for file in $programs $plugins $libraries; do
  echo "$file $(readlink -f "$file")"
done
