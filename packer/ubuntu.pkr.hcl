# Templates for a real Proxmox VE: Ubuntu's own cloud image, prepared by the Ansible roles that every node gets, sealed.
# README.md beside this file has the commands and what was checked how.
packer {
  required_version = ">= 1.11.0"

  required_plugins {
    proxmox = {
      source  = "github.com/hashicorp/proxmox"
      version = "= 1.2.4"
    }
    ansible = {
      source  = "github.com/hashicorp/ansible"
      version = "= 1.1.4"
    }
  }
}

locals {
  name    = coalesce(var.template_name, "kubesmith-ubuntu-${replace(var.release, ".", "-")}")
  address = split("/", var.build_address)[0]
}

# Address and secret of the API are in no file: PROXMOX_URL, PROXMOX_USERNAME and PROXMOX_TOKEN in the environment.
source "proxmox-clone" "ubuntu" {
  node         = var.node
  pool         = var.pool
  task_timeout = "10m"

  clone_vm_id = var.base_vm_id
  # A linked template would tie the base to it, and to every node of it, for ever.
  full_clone = true

  vm_id                = var.template_vm_id
  vm_name              = local.name
  template_name        = local.name
  template_description = "Ubuntu ${var.release}, Kubernetes ${var.kubernetes_version}. Made by packer/ of Kubesmith on ${formatdate("YYYY-MM-DD", timestamp())}."
  # Sorted, as Proxmox keeps them.
  tags = join(";", sort(distinct(concat(["kubesmith-template", "ubuntu-${replace(var.release, ".", "-")}"], var.tags))))

  # What terraform/cluster declares of each node, and an adopted one is compared with.
  os              = "l26"
  bios            = "seabios"
  cpu_type        = "x86-64-v2-AES"
  cores           = var.build_cores
  memory          = var.build_memory_mib
  scsi_controller = "virtio-scsi-single"
  qemu_agent      = true
  serials         = ["socket"]
  boot            = "order=scsi0"

  vga {
    type = "serial0"
  }

  network_adapters {
    model    = "virtio"
    bridge   = var.bridge
    vlan_tag = var.vlan_tag
  }

  # Given by cloud-init and taken away again with all other cloud-init settings before the template is made. The network
  # of nodes has no DHCP, and the agent is not in Ubuntu's image, so Packer must not have to ask for the address.
  ipconfig {
    ip      = var.build_address
    gateway = var.build_gateway
  }
  nameserver = join(" ", var.build_nameservers)

  # The provider that makes nodes brings their cloud-init drive (ide2); one in the template would be a second one.
  cloud_init = false

  # A key pair for this build alone, made by Packer; no password exists at any time. The user goes with the seal.
  communicator           = "ssh"
  ssh_host               = local.address
  ssh_username           = var.build_user
  ssh_timeout            = "10m"
  ssh_handshake_attempts = 60
}

build {
  name    = "kubesmith"
  sources = ["source.proxmox-clone.ubuntu"]

  # cloud-init of the first boot may still hold apt's lock.
  provisioner "shell" {
    inline = ["cloud-init status --wait > /dev/null || [ $? -eq 2 ]"]
  }

  provisioner "ansible" {
    playbook_file = "${path.root}/../ansible/image.yml"
    host_alias    = "machine"
    groups        = ["image"]
    user          = var.build_user
    # Ansible talks to the machine itself, not through Packer.
    use_proxy = false
    ansible_env_vars = [
      "ANSIBLE_CONFIG=${path.root}/../ansible/ansible.cfg",
      # The machine is minutes old and its key was never seen. What comes of this build trusts nothing it says: it is a
      # network of the administrator's choosing, and the seal removes the key.
      "ANSIBLE_HOST_KEY_CHECKING=False",
      # No kept connections: the next build has the same address, and is another machine.
      "ANSIBLE_SSH_ARGS=-o ControlMaster=no -o ControlPath=none -o ServerAliveInterval=15 -o ServerAliveCountMax=4 -o PasswordAuthentication=no",
    ]
    extra_arguments = [
      "--extra-vars",
      jsonencode({
        image_kubernetes_version = var.kubernetes_version
        image_pull_containers    = var.pull_containers
        image_apt_kubernetes     = var.apt_kubernetes
        seal_build_user          = var.build_user
      }),
    ]
  }
}
