release        = "22.04"
base_vm_id     = 8022
template_vm_id = 9022
