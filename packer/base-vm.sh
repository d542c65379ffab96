#!/bin/sh
# Makes the base of a template out of one of Ubuntu's cloud images. Run as root on a Proxmox host:
#
#   IMAGE=ADDRESS-OR-FILE SHA256=… VMID=8024 STORAGE=local-lvm BRIDGE=vmbr0 POOL=kubesmith-images ./base-vm.sh
#
# SHA256 is the image's line in the SHA256SUMS that Ubuntu publishes and signs. A number in use is refused.
# SIZE (default 12G) is the smallest disk that a node can have.
set -eu
: "${IMAGE:?address or file of the cloud image}" "${SHA256:?checksum of the image}" "${VMID:?number of the base}"
: "${STORAGE:?storage of its disk}" "${BRIDGE:?bridge}" "${POOL:?pool of the image builder}"
SIZE=${SIZE:-12G}
NAME=${NAME:-base-$VMID}

case $SHA256 in
  *[!0-9a-f]* | '') echo "SHA256 is not a checksum: $SHA256" >&2; exit 2 ;;
esac
[ ${#SHA256} -eq 64 ] || { echo "SHA256 has ${#SHA256} digits, not 64" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $IMAGE in
  http://* | https://*) curl --fail --location --silent --show-error --output "$work/image.img" "$IMAGE" ;;
  *) cp -- "$IMAGE" "$work/image.img" ;;
esac
# Ours is the copy that was checked, whatever happens to the original meanwhile.
echo "$SHA256  $work/image.img" | sha256sum --check --quiet - || { echo "$IMAGE is not the image that SHA256 names" >&2; exit 1; }

# ciupgrade: only root may say that nodes do not upgrade all packages at their first start. Clones inherit it.
qm create "$VMID" --name "$NAME" --pool "$POOL" --ostype l26 --cpu x86-64-v2-AES --cores 2 --memory 2048 \
  --scsihw virtio-scsi-single --scsi0 "$STORAGE:0,import-from=$work/image.img" --boot order=scsi0 \
  --ide2 "$STORAGE:cloudinit" --ciupgrade 0 --net0 "virtio,bridge=$BRIDGE" --serial0 socket --vga serial0 --agent enabled=1
qm disk resize "$VMID" scsi0 "$SIZE"
qm template "$VMID"
echo "base $VMID is there"
