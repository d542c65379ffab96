#!/bin/sh
# Fills a containerd state folder: runs the image's own containerd once in it and imports the archives.
# Runs in mount, network and process namespaces of its own, so that all it starts and mounts ends with it.
# $1: the root file system, $2: the state folder to fill, $3: folder with the archives
set -eu
root=$1 state=$2 archives=$3

mkdir -p "$root/var/lib/containerd"
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
# The CRI plugin notes each image by its id as well, a moment later.
expected=$(ls /mnt/*.tar | wc -l)
for attempt in $(seq 100); do
  noted=$(ctr --namespace k8s.io images list -q | grep -c '^sha256:' || true)
  if [ "$noted" -ge "$expected" ]; then break; fi
  sleep 0.1
done
[ "$noted" -ge "$expected" ] || { echo "only $noted of $expected images noted"; cat /run/containerd.log; exit 1; }
kill $containerd
wait $containerd || true
sync -f /var/lib/containerd
INSIDE
