locals {
  # Found on a machine, it says whose it is. One line without a newline at the end: Proxmox drops that one, and every plan
  # would show a difference. Never made from anything that changes later.
  markers = {
    for name, node in var.nodes : name => join(" ", [
      "kubesmith",
      "cluster=${var.cluster_id}",
      "node=${name}",
      "operation=${coalesce(node.operation_id, var.operation_id)}",
    ])
  }
}

resource "proxmox_virtual_environment_vm" "node" {
  for_each = var.nodes

  # Name, description and pool are set by the clone call itself, everything else by a later one: what proves that a half-made
  # machine is ours must be among these three.
  name        = each.key
  description = local.markers[each.key]
  pool_id     = var.pool_id

  node_name = each.value.host
  vm_id     = each.value.vm_id

  # For people. Sorted, as Proxmox keeps them.
  tags = sort([
    "kubesmith",
    "kubesmith-cluster-${var.cluster_name}",
    "kubesmith-environment-${var.environment}",
    "kubesmith-role-${each.value.role}",
  ])

  on_boot = true
  started = true
  # Else a change of memory, processors or address reboots all machines at the same time. Nodes are to be drained
  # and rebooted one after the other, which no run of Terraform can do.
  reboot_after_update = false

  # The cluster is drained before; a guest shutdown would only add up to half an hour.
  stop_on_destroy                      = true
  purge_on_destroy                     = true
  delete_unreferenced_disks_on_destroy = true

  timeout_clone       = 600
  timeout_start_vm    = 300
  timeout_shutdown_vm = 300
  timeout_stop_vm     = 120

  clone {
    vm_id     = var.template_vm_id
    node_name = var.template_node
    full      = false
    # "retries" stays at its default of 1: with more, a machine of somebody else under the same number would be taken over.
  }

  agent {
    enabled = true
    # Apply and every later plan would wait for agents that do not answer. Kubesmith asks the agent itself.
    wait_for_ip {
      disabled = true
    }
  }

  cpu {
    cores = each.value.cores
    type  = "x86-64-v2-AES"
  }

  memory {
    dedicated = each.value.memory_mib
  }

  disk {
    datastore_id = var.datastore
    interface    = "scsi0"
    size         = each.value.disk_gib
  }

  network_device {
    bridge      = var.bridge
    vlan_id     = var.vlan_id
    mac_address = each.value.mac_address
  }

  initialization {
    datastore_id = var.datastore

    ip_config {
      ipv4 {
        address = "${each.value.ipv4_address}/${var.prefix_length}"
        gateway = var.gateway
      }
    }

    dns {
      servers = var.dns_servers
    }

    user_account {
      username = var.ssh_user
      keys     = var.ssh_public_keys
    }
  }

  smbios {
    uuid = each.value.smbios_uuid
  }

  # As the templates have them: an import would change or remove them otherwise.
  scsi_hardware = "virtio-scsi-single"

  operating_system {
    type = "l26"
  }

  serial_device {
    device = "socket"
  }

  vga {
    type = "serial0"
  }

  lifecycle {
    # Else a new template, or an import, means that every node is replaced. Nothing else may be ignored: an imported machine
    # that was half made would stay half made.
    ignore_changes = [clone]
  }
}
