#!/bin/sh
# Makes the golden root file system out of a copy of the plain one. Runs in a mount and network namespace of its own.
# $1: the root file system, $2: folder with the Debian packages, $3: the pause image's name
set -eu
root=$1 packages=$2 pause=$3

mkdir "$root/var/tmp/packages"
mount --bind "$packages" "$root/var/tmp/packages"
chroot "$root" sh -c 'dpkg --install /var/tmp/packages/*.deb && apt-mark -qq hold kubeadm kubelet kubectl'
umount "$root/var/tmp/packages"
rmdir "$root/var/tmp/packages"

# containerd as kubeadm's documentation configures it: systemd owns the cgroups, the sandbox image is kubeadm's.
cat > "$root/etc/containerd/config.toml" << CONFIG
version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
CONFIG
