"""Template text in what users choose stays text: on the way into kubeadm's input, byte for byte, and in the real playbook."""

import json
import os
import sys
import unittest

from support import ROOT, Workspace, inventory, order

RENDER = """
- hosts: control_plane
  gather_facts: false
  vars_files: ["{root}/versions.yml", "{root}/roles/common/defaults/main.yml", "{root}/roles/common/vars/main.yml",
               "{root}/roles/control_plane/defaults/main.yml", "{root}/roles/control_plane/vars/main.yml",
               "{root}/roles/verify/defaults/main.yml", "{root}/roles/verify/vars/main.yml",
               "{root}/roles/worker/defaults/main.yml", "{root}/roles/worker/vars/main.yml"]
  vars:
    worker_token: {{token: abcdef.0123456789abcdef, ca_hash: "sha256:00"}}
    common_containerd_version: "1.6.20"
  tasks:
    - ansible.builtin.copy:
        dest: "{out}/kubeadm.yaml"
        mode: "0600"
        content: "{{{{ lookup('ansible.builtin.template', '{root}/roles/control_plane/templates/kubeadm.yaml.j2') }}}}"
    - ansible.builtin.copy:
        dest: "{out}/rest.json"
        mode: "0600"
        content: >-
          {{{{ {{'order': kubesmith, 'node': kubesmith_node, 'join': worker_join_configuration, 'stamp': verify_stamp,
          'unit': lookup('ansible.builtin.template', '{root}/roles/control_plane/templates/kubesmith-vip.service.j2'),
          'key': 'k ' ~ control_plane_kubectl_public_key}} | to_json }}}}
"""


def hostile(canary):
    """Texts that run something where they are templated; each names its own canary file."""
    return [
        "{{ lookup('pipe','touch %s-1') }}" % canary,
        "{%% set x = lookup('pipe','touch %s-2') %%}{{ x }}" % canary,
        "{{ query('pipe', 'touch %s-3') }}\" : [\n---\n'" % canary,
        "#jinja2: variable_start_string:'[%%'\n[%% lookup('pipe','touch %s-4') %%]" % canary,
        "{{ (lookup('file','/etc/hostname')) }} \u202e $(touch %s-5) `touch %s-6`" % (canary, canary),
    ]


class Injection(unittest.TestCase):
    def local(self):
        return {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}

    def canaries(self, work):
        return [name for name in os.listdir(work.path) if name.startswith("canary")]

    def test_texts_stay_texts_byte_for_byte(self):
        for number, text in enumerate(hostile("CANARY")):
            with self.subTest(text=number), Workspace() as work:
                text = text.replace("CANARY", work.file("canary"))
                values = order(cluster_name=text, control_plane_endpoint=text, pod_cidr=text, kubectl_public_key=text, vip=text, operation_id=text,
                               node_overrides={"kubelet": {"clusterDomain": text, "nested": {"list": [text]}}, "kube_proxy": {"bindAddress": text},
                                               "kubeadm": {"ignore_preflight_errors": [text]}})
                hosts = inventory({"demo-cp-1": text}, {}, values, self.local())
                done = work.playbook(work.file("render.yml", RENDER.format(root=ROOT, out=work.path)), hosts)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                init, cluster, kubelet, proxy = [json.loads(part) for part in work.read("kubeadm.yaml").split("\n---\n")]
                rest = json.loads(work.read("rest.json"))
                self.assertEqual(init["localAPIEndpoint"]["advertiseAddress"], text)
                self.assertEqual(init["bootstrapTokens"][0]["description"], "kubesmith " + text)
                self.assertEqual(init["nodeRegistration"]["ignorePreflightErrors"], [text])
                self.assertEqual(cluster["controlPlaneEndpoint"], text + ":6443")
                self.assertEqual(cluster["apiServer"]["certSANs"], [text, "127.0.0.1"])
                self.assertEqual(cluster["networking"]["podSubnet"], text)
                self.assertEqual((kubelet["clusterDomain"], kubelet["nested"], kubelet["cgroupDriver"]), (text, {"list": [text]}, "systemd"))
                self.assertEqual(proxy["bindAddress"], text)
                self.assertEqual(rest["order"], values)
                self.assertEqual(rest["node"], {"name": "demo-cp-1", "role": "control-plane", "address": text})
                self.assertEqual(rest["join"]["discovery"]["bootstrapToken"]["apiServerEndpoint"], text + ":6443")
                self.assertIn(text, rest["unit"])
                self.assertEqual(rest["key"], "k " + text)
                self.assertEqual(self.canaries(work), [])

    def nowhere(self):
        """A node that cannot be reached: whatever gets past the checks ends there, and on no real machine."""
        return {"ansible_port": 1, "ansible_user": "nobody"}

    def test_a_valid_order_gets_past_the_checks(self):
        with Workspace() as work:
            done = work.playbook("site.yml", inventory({"demo-cp-1": "127.0.0.1"}, {}, order(), self.nowhere()), ANSIBLE_SSH_RETRIES="0")
            self.assertRegex(done.stdout, r"unreachable=1 +failed=0")

    def test_the_playbook_refuses_them_before_it_touches_a_node(self):
        for field in ("operation_id", "kubernetes_version"):
            with self.subTest(field=field), Workspace() as work:
                text = hostile(work.file("canary"))[0]
                done = work.playbook("site.yml", inventory({"demo-cp-1": "127.0.0.1"}, {}, order(**{field: text}), self.nowhere()))
                self.assertRegex(done.stdout, r"unreachable=0 +failed=1")
                self.assertEqual(self.canaries(work), [])

    def test_names_addresses_and_keys_have_one_form(self):
        hosts = {"name": ["-a", "a-", "A", "a_b", "", "a" * 80, "a\nb", "a.b"], "address": ["", "1.2.3", "1.2.3.4\n", "::1", "1.2.3.4 x"]}
        for field, values in hosts.items():
            for value in values:
                with self.subTest(field=field, value=value), Workspace() as work:
                    inv = inventory({"demo-cp-1": "127.0.0.1"}, {}, order(), self.nowhere())
                    inv["all"]["children"]["control_plane"]["hosts"]["demo-cp-1"]["kubesmith_node"][field] = {"__ansible_unsafe": value}
                    done = work.playbook("site.yml", inv)
                    self.assertRegex(done.stdout, r"unreachable=0 +failed=1")

    def test_what_a_node_returns_is_not_templated(self):
        play = """
- hosts: all
  gather_facts: false
  tasks:
    - {{name: Answer, ansible.builtin.command: {{argv: [cat, "{out}/answer"]}}, register: answer}}
    - ansible.builtin.assert: {{that: "answer.stdout == lookup('file', '{out}/answer')", fail_msg: "{{{{ answer.stdout }}}}"}}
    - ansible.builtin.copy: {{dest: "{out}/copy", mode: "0600", content: "{{{{ answer.stdout }}}}"}}
"""
        with Workspace() as work:
            text = hostile(work.file("canary"))[0]
            work.file("answer", text)
            done = work.playbook(work.file("play.yml", play.format(out=work.path)), inventory({"demo-cp-1": "127.0.0.1"}, {}, order(), self.local()))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual((work.read("copy"), self.canaries(work)), (text, []))


class Stamp(unittest.TestCase):
    """The stamp's input hash is one of the order, not of the run."""

    def stamp(self, **changes):
        with Workspace() as work:
            done = work.playbook(work.file("render.yml", RENDER.format(root=ROOT, out=work.path)),
                                 inventory({"demo-cp-1": "10.40.19.201"}, {}, order(**changes), {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return json.loads(work.read("rest.json"))["stamp"]

    def test_hash(self):
        first = self.stamp()
        self.assertRegex(first["input"], "^[0-9a-f]{64}$")
        self.assertEqual(self.stamp(operation_id="other", ever_ready=True)["input"], first["input"])
        self.assertNotEqual(self.stamp(pod_cidr="10.245.0.0/16")["input"], first["input"])


if __name__ == "__main__":
    unittest.main()
