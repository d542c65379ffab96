output "nodes" {
  description = "The machines by node name: number and host of each, and the addresses that it was assigned (not what a guest agent reports)."
  value = {
    for name, vm in proxmox_virtual_environment_vm.node : name => {
      vm_id        = vm.vm_id
      host         = vm.node_name
      ipv4_address = var.nodes[name].ipv4_address
      mac_address  = var.nodes[name].mac_address
    }
  }
}
