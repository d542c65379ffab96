# What differs from site to site (example.pkrvars.hcl) and from release to release (ubuntu-*.pkrvars.hcl).

variable "release" {
  description = "Ubuntu release of the base: 22.04 or 24.04."
  type        = string

  validation {
    condition     = contains(["22.04", "24.04"], var.release)
    error_message = "The release must be 22.04 or 24.04."
  }
}

variable "base_vm_id" {
  description = "VMID of the base that base-vm.sh made of Ubuntu's cloud image."
  type        = number

  validation {
    condition     = var.base_vm_id == floor(var.base_vm_id) && var.base_vm_id >= 100 && var.base_vm_id <= 999999999
    error_message = "The base_vm_id must be a whole number from 100 to 999999999."
  }
}

variable "template_vm_id" {
  description = "VMID of the template to make: proxmox.templateVmid of an environment. Taken numbers are refused, never replaced."
  type        = number

  validation {
    condition     = var.template_vm_id == floor(var.template_vm_id) && var.template_vm_id >= 100 && var.template_vm_id <= 999999999
    error_message = "The template_vm_id must be a whole number from 100 to 999999999."
  }
}

variable "template_name" {
  description = "Name of the template; null for kubesmith-ubuntu-RELEASE."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags besides kubesmith-template and ubuntu-RELEASE."
  type        = list(string)
  default     = []

  validation {
    condition     = length([for tag in var.tags : tag if !can(regex("^[a-z0-9_][a-z0-9_.+-]*$", tag))]) == 0
    error_message = "Tags are made of lower-case letters, digits, '_', '.', '+' and '-'."
  }
}

variable "node" {
  description = "Proxmox host that the base is on; the template will be there too."
  type        = string
}

variable "pool" {
  description = "Resource pool of the image builder. Not an environment's: the portal's token must not be able to change a template."
  type        = string
}

variable "bridge" {
  description = "Bridge (or SDN vnet) of the network that images are built in."
  type        = string
}

variable "vlan_tag" {
  description = "VLAN of that network, or empty for none."
  type        = string
  default     = ""
}

variable "build_address" {
  description = "Free IPv4 address of that network for the time of the build, with prefix length: 192.0.2.9/24."
  type        = string

  validation {
    condition     = can(cidrhost(var.build_address, 0)) && can(regex("^[0-9.]+/[0-9]+$", var.build_address))
    error_message = "The build_address must be an IPv4 address with its prefix length, 192.0.2.9/24 for instance."
  }
}

variable "build_gateway" {
  description = "Default gateway of that network."
  type        = string
}

variable "build_nameservers" {
  description = "Name servers of that network."
  type        = list(string)
}

variable "build_user" {
  description = "User that cloud-init makes for the build; the seal removes it with its home."
  type        = string
  default     = "packer"

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]{0,30}$", var.build_user)) && var.build_user != "root"
    error_message = "The build_user must be an ordinary user's name."
  }
}

variable "build_cores" {
  description = "Processors for the time of the build; nodes have their own number."
  type        = number
  default     = 2
}

variable "build_memory_mib" {
  description = "Memory for the time of the build, in MiB."
  type        = number
  default     = 2048
}

variable "kubernetes_version" {
  description = "Version of kubeadm, kubelet and kubectl in the image. Nodes ordered with another version install that one at their first start."
  type        = string
  default     = "1.36.3"

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", var.kubernetes_version))
    error_message = "The kubernetes_version must be like 1.36.3."
  }
}

variable "pull_containers" {
  description = "Whether the container images that kubeadm and the network need are in the image too (about 400 MB): nodes then start without a registry."
  type        = bool
  default     = true
}

variable "apt_kubernetes" {
  description = "Flat apt repository in place of the project's own, {url, key_url}; null for the project's own."
  type = object({
    url     = string
    key_url = string
  })
  default = null
}
