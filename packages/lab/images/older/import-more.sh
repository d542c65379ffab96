#!/bin/sh
# Adds containers to a containerd state folder that has some already, as golden/import-containers.sh fills an empty one. Some are the
# same content under another name, so what is waited for is that containerd's CRI plugin has taken charge of every name.
# $1: the root file system, $2: the state folder, $3: folder with the archives
set -eu
root=$1 state=$2 archives=$3

mount --bind "$state" "$root/var/lib/containerd"
mount --bind "$archives" "$root/mnt"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount --rbind /dev "$root/dev"

exec chroot "$root" sh -eu << 'INSIDE'
containerd > /run/containerd.log 2>&1 &
containerd=$!
for attempt in $(seq 100); do
  if ctr version > /dev/null 2>&1; then break; fi
  kill -0 $containerd || { cat /run/containerd.log; exit 1; }
  sleep 0.1
done
for archive in /mnt/*.tar; do
  ctr --namespace k8s.io images import --snapshotter overlayfs "$archive"
done
for attempt in $(seq 100); do
  left=$(ctr --namespace k8s.io images list | tail -n +2 | grep -vc 'io.cri-containerd.image=managed' || true)
  if [ "$left" -eq 0 ]; then break; fi
  sleep 0.1
done
[ "$left" -eq 0 ] || { echo "$left images not noted"; cat /run/containerd.log; exit 1; }
kill $containerd
wait $containerd || true
sync -f /var/lib/containerd
INSIDE
