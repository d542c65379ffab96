"""Where things are, and how the tests load files that are not Python packages."""

import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True


def load(path, name=None):
    """A script or module of this folder as a Python module, whatever its file name."""
    path = os.path.join(ROOT, path)
    name = name or os.path.basename(path).replace(".py", "").replace("-", "_")
    import ansible.module_utils
    folder = os.path.join(ROOT, "module_utils")
    if folder not in ansible.module_utils.__path__:
        ansible.module_utils.__path__.append(folder)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def unsafe(value):
    """A value as the backend writes it: every string wrapped, so that Ansible never templates it."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, dict):
        return {key: unsafe(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unsafe(inner) for inner in value]
    return value


def order(**changes):
    """`kubesmith` of an inventory: a valid order, with changes."""
    values = {
        "cluster_id": "3f0c6f0e-0000-4000-8000-000000000001", "cluster_name": "demo", "operation_id": "0b7d0000-0000-4000-8000-000000000002",
        "kubernetes_version": "1.36.3", "control_plane_endpoint": "10.40.19.200", "vip": "10.40.19.200", "vip_prefix": 24,
        "pod_cidr": "10.244.0.0/16", "service_cidr": "10.96.0.0/16", "cni": "kube-router",
        "kubectl_public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFcHZV0r0nJb3v7YHkzpBZKmoRzZ0wQ7Xk7K3QfWQ5a0 kubesmith", "ever_ready": False,
        "node_overrides": {"kubelet": {}, "kube_proxy": {}, "kubeadm": {"ignore_preflight_errors": []}, "containerd": {},
                           "mirrors": {"apt_kubernetes": None}},
    }
    values.update(changes)
    return values


def inventory(control_planes, workers, kubesmith, connection=None):
    """An inventory as the backend writes it. Nodes: {name: address}; connection: extra variables for all."""
    def group(nodes, role):
        return {"hosts": {name: {"ansible_host": unsafe(address), "kubesmith_node": unsafe({"name": name, "role": role, "address": address})}
                          for name, address in nodes.items()}}
    return {"all": {"vars": {"kubesmith": unsafe(kubesmith), **(connection or {})},
                    "children": {"control_plane": group(control_planes, "control-plane"), "workers": group(workers, "worker")}}}


class Workspace:
    """A folder that goes away, to run playbooks of this project's Ansible on this machine."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="kubesmith-ansible-")
        return self

    def __exit__(self, *_error):
        shutil.rmtree(self.path)

    def file(self, name, content=None):
        path = os.path.join(self.path, name)
        if content is not None:
            with open(path, "w", encoding="utf-8") as out:
                out.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def read(self, name):
        with open(self.file(name), encoding="utf-8") as source:
            return source.read()

    def playbook(self, playbook, hosts, **environment):
        """Runs a playbook against an inventory object; the finished process."""
        self.file("inventory.json", hosts)
        env = dict(os.environ, ANSIBLE_CONFIG=os.path.join(ROOT, "ansible.cfg"), ANSIBLE_BECOME="false", ANSIBLE_LOCAL_TEMP=self.file("tmp"),
                   ANSIBLE_REMOTE_TEMP=self.file("remote"), ANSIBLE_NOCOLOR="1", **environment)
        return subprocess.run([program(), "-i", self.file("inventory.json"), playbook], cwd=ROOT, env=env, capture_output=True, text=True,
                              timeout=120, check=False)


def program(name="ansible-playbook"):
    """ansible-playbook of the locked version (scripts/env.sh puts it on PATH)."""
    return os.environ.get("KUBESMITH_TEST_ANSIBLE", "") + name if "KUBESMITH_TEST_ANSIBLE" in os.environ else shutil.which(name)
