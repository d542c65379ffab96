variable "cluster_id" {
  description = "Id of the cluster's record. Part of the marker in each machine's description."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", var.cluster_id))
    error_message = "cluster_id must be 1 to 64 letters, digits, '-' or '_', as it stands in a machine's description."
  }
}

variable "cluster_name" {
  description = "Name of the cluster. Part of a tag."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$", var.cluster_name))
    error_message = "cluster_name must be at most 40 lower-case letters, digits or '-', begin with a letter and not end with '-'."
  }
}

variable "environment" {
  description = "Id of the environment that the cluster belongs to. Part of a tag."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.environment))
    error_message = "environment must be at most 63 lower-case letters, digits or '-', and begin and end with a letter or digit."
  }
}

variable "operation_id" {
  description = "Id of the operation that is under way. Used for nodes that do not name the operation that created them."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", var.operation_id))
    error_message = "operation_id must be 1 to 64 letters, digits, '-' or '_', as it stands in a machine's description."
  }
}

variable "pool_id" {
  description = "Proxmox resource pool of the environment. The administrator makes it; it is the border of what the token may do."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9._/-]{0,127}$", var.pool_id))
    error_message = "pool_id must name a Proxmox resource pool: letters, digits, '.', '_', '-' or '/', beginning with a letter."
  }
}

variable "template_vm_id" {
  description = "VMID of the template that new machines are cloned from. Existing machines keep theirs."
  type        = number
  nullable    = false

  validation {
    condition     = var.template_vm_id == floor(var.template_vm_id) && var.template_vm_id >= 100 && var.template_vm_id <= 999999999
    error_message = "template_vm_id must be a whole number from 100 to 999999999."
  }
}

variable "template_node" {
  description = "Host that the template is on, when machines are placed on other hosts too; its disk is on shared storage then. Null: each host has the template under the same VMID."
  type        = string
  default     = null

  validation {
    condition     = var.template_node == null || can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$", var.template_node))
    error_message = "template_node must be the name of a Proxmox host, or null."
  }
}

variable "datastore" {
  description = "Storage of the template's disk, of the machines' disks and of their cloud-init drives."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]$", var.datastore))
    error_message = "datastore must be the id of a Proxmox storage."
  }
}

variable "bridge" {
  description = "Bridge (or SDN vnet) that the machines are plugged into."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_.-]{0,14}$", var.bridge))
    error_message = "bridge must be the name of a bridge or vnet, at most 15 characters."
  }
}

variable "vlan_id" {
  description = "VLAN tag of the machines' network cards, or null for none."
  type        = number
  default     = null

  validation {
    condition     = var.vlan_id == null || (try(floor(var.vlan_id) == var.vlan_id, false) && try(var.vlan_id >= 1 && var.vlan_id <= 4094, false))
    error_message = "vlan_id must be a whole number from 1 to 4094, or null."
  }
}

variable "gateway" {
  description = "IPv4 address of the default gateway."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask("${var.gateway}/32"))
    error_message = "gateway must be an IPv4 address."
  }
}

variable "prefix_length" {
  description = "Prefix length of the machines' network, 24 for instance."
  type        = number
  nullable    = false

  validation {
    condition     = var.prefix_length == floor(var.prefix_length) && var.prefix_length >= 8 && var.prefix_length <= 30
    error_message = "prefix_length must be a whole number from 8 to 30."
  }
}

variable "dns_servers" {
  description = "IPv4 addresses of the name servers. An empty list leaves the choice to Proxmox."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for server in var.dns_servers : can(cidrnetmask("${server}/32"))])
    error_message = "dns_servers must be IPv4 addresses."
  }
}

variable "ssh_user" {
  description = "User that cloud-init makes on each machine, with the keys below and without a password."
  type        = string
  default     = "kubesmith"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.ssh_user)) && var.ssh_user != "root"
    error_message = "ssh_user must be the name of an ordinary Linux user."
  }
}

variable "ssh_public_keys" {
  description = "OpenSSH public keys that may log in as ssh_user."
  type        = list(string)
  nullable    = false

  validation {
    condition = length(var.ssh_public_keys) > 0 && alltrue([
      for key in var.ssh_public_keys :
      can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*( [^\\r\\n]*)?$", key))
    ])
    error_message = "ssh_public_keys must hold at least one OpenSSH public key, each on one line; without a key nobody could log in."
  }
}

variable "nodes" {
  description = "The cluster's machines by node name. Everything about them is allocated beforehand, so that a lost state never leads to a second set."
  type = map(object({
    role         = string
    host         = string
    vm_id        = number
    cores        = number
    memory_mib   = number
    disk_gib     = number
    ipv4_address = string
    mac_address  = string
    smbios_uuid  = string
    operation_id = optional(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for name, _ in var.nodes : can(regex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", name))])
    error_message = "Each key of nodes must be a node name: at most 63 lower-case letters, digits or '-', beginning with a letter."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : contains(["control-plane", "worker"], node.role)])
    error_message = "role of each node must be \"control-plane\" or \"worker\"."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$", node.host))])
    error_message = "host of each node must be the name of a Proxmox host."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : node.vm_id == floor(node.vm_id) && node.vm_id >= 100 && node.vm_id <= 999999999])
    error_message = "vm_id of each node must be a whole number from 100 to 999999999."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : node.cores == floor(node.cores) && node.cores >= 1 && node.cores <= 128])
    error_message = "cores of each node must be a whole number from 1 to 128."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : node.memory_mib == floor(node.memory_mib) && node.memory_mib >= 512])
    error_message = "memory_mib of each node must be a whole number of MiB, at least 512."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : node.disk_gib == floor(node.disk_gib) && node.disk_gib >= 1])
    error_message = "disk_gib of each node must be a whole number of GiB, at least the size of the template's disk."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : can(cidrnetmask("${node.ipv4_address}/32")) && node.ipv4_address != var.gateway])
    error_message = "ipv4_address of each node must be an IPv4 address other than the gateway's."
  }

  validation {
    condition = alltrue([
      for _, node in var.nodes :
      try(cidrhost("${node.ipv4_address}/${var.prefix_length}", 0) == cidrhost("${var.gateway}/${var.prefix_length}", 0), false)
    ])
    error_message = "ipv4_address of each node must be in the gateway's network."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : can(regex("^[0-9A-F][02468ACE](:[0-9A-F]{2}){5}$", node.mac_address))])
    error_message = "mac_address of each node must be a unicast MAC address in upper case, BC:24:11:00:00:01 for instance: Proxmox keeps upper case."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", node.smbios_uuid))])
    error_message = "smbios_uuid of each node must be a UUID in lower case."
  }

  validation {
    condition     = alltrue([for _, node in var.nodes : node.operation_id == null || can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", node.operation_id))])
    error_message = "operation_id of each node must be 1 to 64 letters, digits, '-' or '_', or be left out."
  }

  validation {
    condition = alltrue([
      length(distinct([for _, node in var.nodes : node.vm_id])) == length(var.nodes),
      length(distinct([for _, node in var.nodes : node.ipv4_address])) == length(var.nodes),
      length(distinct([for _, node in var.nodes : node.mac_address])) == length(var.nodes),
      length(distinct([for _, node in var.nodes : node.smbios_uuid])) == length(var.nodes),
    ])
    error_message = "vm_id, ipv4_address, mac_address and smbios_uuid must each be different for every node."
  }
}

variable "adopt" {
  description = "Machines to take into the state instead of creating them: node name to \"HOST/VMID\". Only what was proven to be ours."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for name, id in var.adopt :
      can(regex("^[A-Za-z0-9-]+/[1-9][0-9]+$", id)) && try(tostring(var.nodes[name].vm_id) == split("/", id)[1], false)
    ])
    error_message = "Each entry of adopt must belong to a node in nodes and be \"HOST/VMID\" with that node's vm_id."
  }
}
