release        = "24.04"
base_vm_id     = 8024
template_vm_id = 9024
