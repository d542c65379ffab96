package template

import (
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/zclconf/go-cty/cty"
)

// Options of the proxmox-clone builder and of the SSH communicator that this project uses or may come to use, by the
// documentation of the plugin 1.2; any other name in the template is an error. `required` is what this project insists on.
func option(name string, kind cty.Type, required bool) hcldec.Spec {
	return &hcldec.AttrSpec{Name: name, Type: kind, Required: required}
}

var cloneOptions = hcldec.ObjectSpec{
	"node":                   option("node", cty.String, true),
	"pool":                   option("pool", cty.String, true),
	"task_timeout":           option("task_timeout", cty.String, true),
	"clone_vm_id":            option("clone_vm_id", cty.Number, true),
	"full_clone":             option("full_clone", cty.Bool, true),
	"vm_id":                  option("vm_id", cty.Number, true),
	"vm_name":                option("vm_name", cty.String, true),
	"template_name":          option("template_name", cty.String, true),
	"template_description":   option("template_description", cty.String, true),
	"tags":                   option("tags", cty.String, true),
	"os":                     option("os", cty.String, true),
	"bios":                   option("bios", cty.String, true),
	"machine":                option("machine", cty.String, false),
	"cpu_type":               option("cpu_type", cty.String, true),
	"cores":                  option("cores", cty.Number, true),
	"memory":                 option("memory", cty.Number, true),
	"scsi_controller":        option("scsi_controller", cty.String, true),
	"qemu_agent":             option("qemu_agent", cty.Bool, true),
	"serials":                option("serials", cty.List(cty.String), true),
	"boot":                   option("boot", cty.String, true),
	"nameserver":             option("nameserver", cty.String, true),
	"searchdomain":           option("searchdomain", cty.String, false),
	"cloud_init":             option("cloud_init", cty.Bool, true),
	"communicator":           option("communicator", cty.String, true),
	"ssh_host":               option("ssh_host", cty.String, true),
	"ssh_username":           option("ssh_username", cty.String, true),
	"ssh_timeout":            option("ssh_timeout", cty.String, true),
	"ssh_handshake_attempts": option("ssh_handshake_attempts", cty.Number, false),
	"vga": &hcldec.BlockSpec{TypeName: "vga", Required: true, Nested: hcldec.ObjectSpec{
		"type":   option("type", cty.String, true),
		"memory": option("memory", cty.Number, false),
	}},
	"network_adapters": &hcldec.BlockListSpec{TypeName: "network_adapters", MinItems: 1, Nested: hcldec.ObjectSpec{
		"model":    option("model", cty.String, true),
		"bridge":   option("bridge", cty.String, true),
		"vlan_tag": option("vlan_tag", cty.String, false),
		"firewall": option("firewall", cty.Bool, false),
	}},
	"ipconfig": &hcldec.BlockListSpec{TypeName: "ipconfig", MinItems: 1, Nested: hcldec.ObjectSpec{
		"ip":      option("ip", cty.String, true),
		"gateway": option("gateway", cty.String, true),
	}},
}

var ansibleOptions = hcldec.ObjectSpec{
	"playbook_file":    option("playbook_file", cty.String, true),
	"host_alias":       option("host_alias", cty.String, true),
	"groups":           option("groups", cty.List(cty.String), true),
	"user":             option("user", cty.String, true),
	"use_proxy":        option("use_proxy", cty.Bool, true),
	"ansible_env_vars": option("ansible_env_vars", cty.List(cty.String), true),
	"extra_arguments":  option("extra_arguments", cty.List(cty.String), true),
}
