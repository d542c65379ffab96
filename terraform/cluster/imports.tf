# Machines that exist, are proven ours and are missing from the state, for instance because the answer to a clone was lost.
# Who calls this module proves it first: pool, name and the marker in the description, all of which the clone call itself sets.
# Importing works because main.tf ignores "clone" and declares what the template has.
import {
  for_each = var.adopt

  to = proxmox_virtual_environment_vm.node[each.key]
  id = each.value
}
