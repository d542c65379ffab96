package template

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
)

const folder = "../.."

func siteFiles(release string) []string {
	return []string{filepath.Join(folder, "example.pkrvars.hcl"), filepath.Join(folder, "ubuntu-"+release+".pkrvars.hcl")}
}

func load(t *testing.T, release string) *Template {
	t.Helper()
	template, err := Load(folder, siteFiles(release)...)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func source(t *testing.T, template *Template) map[string]cty.Value {
	t.Helper()
	value, diagnostics := hcldec.Decode(template.Source.Body, cloneOptions, template.Context)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	return value.AsValueMap()
}

func TestBothReleases(t *testing.T) {
	for release, want := range map[string]struct {
		name, tags string
		id, base   int64
	}{
		"24.04": {"kubesmith-ubuntu-24-04", "kubesmith-template;ubuntu-24-04", 9024, 8024},
		"22.04": {"kubesmith-ubuntu-22-04", "kubesmith-template;ubuntu-22-04", 9022, 8022},
	} {
		options := source(t, load(t, release))
		id, _ := options["vm_id"].AsBigFloat().Int64()
		base, _ := options["clone_vm_id"].AsBigFloat().Int64()
		if options["template_name"].AsString() != want.name || options["tags"].AsString() != want.tags || id != want.id || base != want.base {
			t.Errorf("%s: %v %v %v %v", release, options["template_name"], options["tags"], id, base)
		}
		if options["ssh_host"].AsString() != "192.0.2.9" {
			t.Errorf("ssh_host is %v", options["ssh_host"])
		}
	}
}

// What terraform/cluster declares of a node is what its template must have: an adopted machine would be changed otherwise.
func TestTheTemplateIsWhatTheClusterModuleDeclares(t *testing.T) {
	options := source(t, load(t, "24.04"))
	file, diagnostics := hclparse.NewParser().ParseHCLFile("../../../terraform/cluster/main.tf")
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	content, _, _ := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "resource", LabelNames: []string{"type", "name"}}}})
	text := func(body hcl.Body, block, attribute string) string {
		inner, _, _ := body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: attribute}}, Blocks: []hcl.BlockHeaderSchema{{Type: block}}})
		if block != "" {
			inner, _, _ = inner.Blocks[0].Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: attribute}}})
		}
		value, diagnostics := inner.Attributes[attribute].Expr.Value(nil)
		if diagnostics.HasErrors() {
			t.Fatal(diagnostics)
		}
		return value.AsString()
	}
	node := content.Blocks[0].Body
	for what, pair := range map[string][2]string{
		"scsi_controller": {text(node, "", "scsi_hardware"), options["scsi_controller"].AsString()},
		"os":              {text(node, "operating_system", "type"), options["os"].AsString()},
		"vga":             {text(node, "vga", "type"), options["vga"].GetAttr("type").AsString()},
		"cpu_type":        {text(node, "cpu", "type"), options["cpu_type"].AsString()},
		"serials":         {text(node, "serial_device", "device"), options["serials"].Index(cty.NumberIntVal(0)).AsString()},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: the module has %s, the template %s", what, pair[0], pair[1])
		}
	}
	if options["cloud_init"].True() {
		t.Error("the template would have a cloud-init drive besides the one of the provider")
	}
}

func TestTheProvisionerRunsTheSharedPlaybook(t *testing.T) {
	template := load(t, "24.04")
	content, diagnostics := template.Build.Body.Content(&hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "name"}, {Name: "sources"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "provisioner", LabelNames: []string{"type"}}},
	})
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	sources, _ := content.Attributes["sources"].Expr.Value(template.Context)
	if want := "source." + strings.Join(template.Source.Labels, "."); sources.AsValueSlice()[0].AsString() != want {
		t.Errorf("the build's source is not %s", want)
	}
	last := content.Blocks[len(content.Blocks)-1]
	if last.Labels[0] != "ansible" {
		t.Fatal("something runs after the seal")
	}
	value, diagnostics := hcldec.Decode(last.Body, ansibleOptions, template.Context)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	options := value.AsValueMap()
	playbook, err := os.ReadFile(options["playbook_file"].AsString())
	if err != nil {
		t.Fatal(err)
	}
	if group := options["groups"].AsValueSlice()[0].AsString(); !strings.Contains(string(playbook), "hosts: "+group+"\n") {
		t.Errorf("the playbook has no group %s", group)
	}
	for _, name := range options["ansible_env_vars"].AsValueSlice() {
		if path, ok := strings.CutPrefix(name.AsString(), "ANSIBLE_CONFIG="); ok {
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		}
	}
	arguments := options["extra_arguments"].AsValueSlice()
	var given map[string]any
	if err := json.Unmarshal([]byte(arguments[1].AsString()), &given); err != nil {
		t.Fatal(err)
	}
	for name := range given {
		if !regexp.MustCompile(`\b`+name+`\b`).Match(playbook) && name != "seal_build_user" {
			t.Errorf("%s is given, but the playbook does not use it", name)
		}
	}
	for _, used := range regexp.MustCompile(`\{\{ (image_\w+)`).FindAllStringSubmatch(string(playbook), -1) {
		if _, ok := given[used[1]]; !ok {
			t.Errorf("the playbook uses %s, which is not given", used[1])
		}
	}
	user := source(t, template)["ssh_username"].AsString()
	if given["seal_build_user"] != user || options["user"].AsString() != user {
		t.Errorf("the seal removes %v, Packer logs in as %s", given["seal_build_user"], user)
	}
	versions, err := os.ReadFile("../../../ansible/versions.yml")
	if err != nil {
		t.Fatal(err)
	}
	minor := strings.Join(strings.Split(given["image_kubernetes_version"].(string), ".")[:2], ".")
	if !strings.Contains(string(versions), `"`+minor+`":`) {
		t.Errorf("the roles do not know Kubernetes %s", minor)
	}
}

func TestPluginsArePinnedAndNoSecretIsInAFile(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(folder, "*.hcl"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`(?m)^\s*(proxmox_url|username|token|password|ssh_password|cipassword|insecure_skip_tls_verify)\s*=`).Find(text); found != nil {
			t.Errorf("%s: %s", path, found)
		}
		for _, version := range regexp.MustCompile(`(?m)^\s+version = "(.*)"`).FindAllStringSubmatch(string(text), -1) {
			if !regexp.MustCompile(`^= \d+\.\d+\.\d+$`).MatchString(version[1]) {
				t.Errorf("%s: version %s is not one version", path, version[1])
			}
		}
	}
}

// The checks above can fail: each of these changes to the template or to the values is refused.
func TestMistakesAreRefused(t *testing.T) {
	for what, change := range map[string]struct{ file, old, new, says string }{
		"unknown option":        {"ubuntu.pkr.hcl", "scsi_controller =", "scsi_controler  =", "scsi_controler"},
		"missing option":        {"ubuntu.pkr.hcl", "  full_clone = true\n", "", "full_clone"},
		"wrong type":            {"ubuntu.pkr.hcl", "qemu_agent      = true", `qemu_agent      = "often"`, "bool"},
		"unknown variable":      {"ubuntu.pkr.hcl", "var.node", "var.nodes", "nodes"},
		"unknown nested option": {"ubuntu.pkr.hcl", "    bridge   =", "    brigde   =", "brigde"},
		"unknown block":         {"ubuntu.pkr.hcl", "  vga {", "  vgas {", "vgas"},
		"unknown release":       {"ubuntu-24.04.pkrvars.hcl", `"24.04"`, `"23.10"`, "22.04 or 24.04"},
		"number out of range":   {"ubuntu-24.04.pkrvars.hcl", "9024", "90", "100 to 999999999"},
		"no address":            {"example.pkrvars.hcl", "192.0.2.9/24", "192.0.2.9", "prefix length"},
		"impossible address":    {"example.pkrvars.hcl", "192.0.2.9/24", "192.0.2.900/24", "prefix length"},
		"no value":              {"example.pkrvars.hcl", "pool  ", "pools ", "pool"},
	} {
		t.Run(what, func(t *testing.T) {
			copied := t.TempDir()
			paths, _ := filepath.Glob(filepath.Join(folder, "*.hcl"))
			changed := false
			for _, path := range paths {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				after := string(text)
				if filepath.Base(path) == change.file {
					after = strings.Replace(after, change.old, change.new, 1)
					changed = after != string(text)
				}
				if err := os.WriteFile(filepath.Join(copied, filepath.Base(path)), []byte(after), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if !changed {
				t.Fatalf("%s has no %q", change.file, change.old)
			}
			template, err := Load(copied, filepath.Join(copied, "example.pkrvars.hcl"), filepath.Join(copied, "ubuntu-24.04.pkrvars.hcl"))
			if err == nil {
				_, diagnostics := hcldec.Decode(template.Source.Body, cloneOptions, template.Context)
				err = errors.Join(diagnostics.Errs()...)
			}
			if err == nil || !strings.Contains(err.Error(), change.says) {
				t.Errorf("%v does not say %q", err, change.says)
			}
		})
	}
}
