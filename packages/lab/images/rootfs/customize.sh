#!/bin/sh
# mmdebstrap's last hook: makes a host of the lab out of a Debian system. $1: the root file system.
set -eu
root=$1
cp -R "$(dirname "$0")/files/." "$root/"

# A host gets its own identity at its first boot.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id" "$root/var/lib/dbus/machine-id" "$root/etc/hostname"
: > "$root/etc/machine-id"

# The kernel's own settings are the machine's, not the host's to change; and there is no way out to Debian's mirrors.
rm -f "$root"/usr/lib/sysctl.d/*.conf "$root"/etc/sysctl.d/*.conf
rm -rf "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin

# Devices, the kernel's file systems and the clock belong to the machine below; timers would all fire at once.
chroot "$root" systemctl --quiet mask \
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount \
  systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
  console-getty.service getty@tty1.service \
  apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer
chroot "$root" systemctl --quiet enable systemd-networkd.service containerd.service ssh.service
