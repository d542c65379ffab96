#!/bin/sh
# First process of every host: does what firmware, kernel and cloud-init do in a virtual machine, then becomes systemd.
# Data: the files beside it, written by the hypervisor's side before each start (seed.ts).
set -eu
seed=$(dirname "$0")
setting() { if [ -e "$seed/$1" ]; then cat "$seed/$1"; fi; }

# --- what the kernel of a virtual machine would give -----------------------------------------------------------------

# nspawn mounts the controllers of cgroup version 1 read-only; kubelet and runc must write them.
for hierarchy in /sys/fs/cgroup/*; do
  if mountpoint -q "$hierarchy"; then mount -o remount,rw,bind "$hierarchy"; fi
done

# kubelet insists on these kernel-wide settings. It shall see them; the machine below keeps its own.
sysctls=/run/kubesmith-lab/sysctl
mkdir -p "$sysctls"
while read -r name value; do
  echo "$value" > "$sysctls/$name"
  mount --bind "$sysctls/$name" "/proc/sys/$(echo "$name" | tr . /)"
done << 'SETTINGS'
vm.overcommit_memory 1
vm.panic_on_oom 0
kernel.panic 10
kernel.panic_on_oops 1
kernel.keys.root_maxkeys 1000000
kernel.keys.root_maxbytes 25000000
SETTINGS

# The SMBIOS table: kubelet's systemUUID. sysfs takes no new file, so an overlay shows one.
dmi=/run/kubesmith-lab/dmi
mkdir -p "$dmi/upper/dmi/id" "$dmi/work"
setting smbios-uuid > "$dmi/upper/dmi/id/product_uuid"
chmod 0400 "$dmi/upper/dmi/id/product_uuid"
echo 'QEMU' > "$dmi/upper/dmi/id/sys_vendor"
mount -t overlay lab-dmi -o "lowerdir=/sys/class,upperdir=$dmi/upper,workdir=$dmi/work" /sys/class

# The kernel has these modules built in, so loading them must succeed.
modules=/lib/modules/$(uname -r)
if [ ! -e "$modules/modules.builtin.bin" ]; then
  mkdir -p "$modules"
  for module in fs/overlayfs/overlay net/bridge/bridge net/bridge/br_netfilter net/netfilter/nf_conntrack \
    net/netfilter/nf_tables drivers/net/vxlan/vxlan drivers/net/veth net/ipv4/netfilter/ip_tables; do
    echo "kernel/$module.ko"
  done > "$modules/modules.builtin"
  : > "$modules/modules.order"
  depmod "$(uname -r)" 2> /dev/null
fi

mount --make-rshared /

# --- what cloud-init does ---------------------------------------------------------------------------------------------

cp -R "$seed/files/." /
hostname -F /etc/hostname

user=$(setting user)
if [ -n "$user" ]; then
  id "$user" > /dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user"
  home=$(getent passwd "$user" | cut -d: -f6)
  install -d -m 0700 -o "$user" -g "$user" "$home/.ssh"
  install -m 0600 -o "$user" -g "$user" "$seed/authorized_keys" "$home/.ssh/authorized_keys"
  echo "$user ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/90-cloud-init-users
  chmod 0440 /etc/sudoers.d/90-cloud-init-users
fi

for type in ed25519 ecdsa; do
  key=/etc/ssh/ssh_host_${type}_key
  [ -s "$key" ] || { rm -f "$key"; ssh-keygen -q -t "$type" -N '' -C "root@$(hostname)" -f "$key"; }
done

exec /lib/systemd/systemd "$@"
