#!/bin/sh
# Runs one host until it is switched off, and boots it again when it reboots.
#
#   supervisor.sh LOWER UPPER WORK ROOT LINK COMMAND...    LINK: the host's interface on the bridge
#                                                          COMMAND: systemd-nspawn and its arguments
#
# It must be started in the host's cgroup, in the lab's network namespace and in a mount namespace of its own: the root
# file system is mounted in there only, so nothing is left to unmount when this process and the host are gone.
set -eu
lower=$1 upper=$2 work=$3 root=$4 link=$5
shift 5

# systemd-nspawn keeps notes below /run, which would outlive a host that is killed.
mount -t tmpfs -o mode=0755 lab-run /run
mount -t overlay lab-root -o "lowerdir=$lower,upperdir=$upper,workdir=$work" "$root"

# No seccomp filter and a writable /proc/sys/net: kubelet, containerd and kube-proxy need what a virtual machine has.
export SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_NSPAWN_LOCK=0
# Pods of the last boot leave empty groups below ours, over each of which kubelet's first look takes seconds.
remove_empty_groups() {
  while IFS=: read -r _ controllers path; do
    case $controllers in
      '') group=/sys/fs/cgroup/unified$path ;;
      *) group=/sys/fs/cgroup/${controllers#name=}$path ;;
    esac
    [ -d "$group" ] || group=/sys/fs/cgroup$path
    find "$group" -mindepth 1 -depth -type d -exec rmdir {} + 2> /dev/null || :
  done < /proc/self/cgroup
}

rebooted=133
code=$rebooted
while [ "$code" = "$rebooted" ]; do
  code=0
  # The kernel keeps the interface of the last boot while a connection of it waits for an answer.
  ip link delete "$link" 2> /dev/null || :
  remove_empty_groups
  "$@" || code=$?
  echo "-- systemd-nspawn ended with $code"
done
