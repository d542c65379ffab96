#!/usr/bin/python
"""Ansible module kubesmith_probe: what is on this node? See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubesmith_probe
short_description: Reads the state of a node, changes nothing
description:
  - One round trip that answers what every later task's C(when) asks.
  - A long step that an earlier run left running is waited for first; its result is part of the state.
  - On a control plane it also decides what to do about C(kubeadm init); the table is C(decide_init) in
    module_utils/kubesmith_decisions.py.
options:
  node: {description: The node's name in the cluster., type: str, required: true}
  address: {description: The node's own address., type: str, required: true}
  role: {description: The node's role., type: str, choices: [control-plane, worker], required: true}
  operation_id: {description: The operation on whose behalf the playbook runs., type: str, required: true}
  ever_ready: {description: Whether the cluster has been ready at any time., type: bool, required: true}
  api_wait: {description: Seconds to wait for an API server that should be up., type: int, default: 120}
  step_wait: {description: Seconds to wait for a step that still runs., type: int, default: 1000}
author: [Kubesmith]
"""

EXAMPLES = r"""
- name: Probe the node
  kubesmith_probe: {node: demo-cp-1, address: 10.40.19.201, role: control-plane, operation_id: 4f1c, ever_ready: false}
"""

RETURN = r"""
stage: {description: "The stamp, or an empty object.", returned: always, type: dict}
attached: {description: Steps of an earlier run that were waited for., returned: always, type: list}
decision: {description: "init, skip, reset or refuse (control plane), else empty.", returned: always, type: str}
"""

import glob
import os
import pwd
import re
import shutil
import subprocess
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.kubesmith_api import Api
from ansible.module_utils.kubesmith_decisions import decide_init
from ansible.module_utils.kubesmith_node import ADMIN_CONF, KUBELET_CONF, STAGE_FILE, STEP_UNIT, STEPS_DIR, NodeError, read_json, run

#: Programs that kubeadm's preflight or kubelet needs, by the Debian package that brings them.
PROGRAMS = {"containerd": "containerd", "runc": "runc", "conntrack": "conntrack", "iptables": "iptables", "ethtool": "ethtool",
            "ip": "iproute2", "modprobe": "kmod", "mount": "mount", "nsenter": "util-linux", "sudo": "sudo"}
#: How to ask a program that no package brought (a baked image need not use packages).
VERSIONS = {"kubelet": ["kubelet", "--version"], "kubeadm": ["kubeadm", "version", "-o", "short"],
            "kubectl": ["kubectl", "version", "--client"], "containerd": ["containerd", "--version"]}
NO_API = {"readyz": False, "kubeadm_config": False, "own_node": False, "control_planes": 0}
SERVICES = ("containerd", "kubelet", "kubesmith-vip")


def packaged_versions():
    """{package: "1.36.3"} of the installed Debian packages; asking dpkg is ten times cheaper than starting kubelet."""
    listed = run(["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status} ${Version}\n", "kubelet", "kubeadm", "kubectl"])[1]
    found = {}
    for line in listed.splitlines():
        name, status, version = (line.split() + ["", "", ""])[:3]
        answer = re.match(r"\d+\.\d+\.\d+", version)
        if status == "installed" and answer:
            found[name] = answer.group(0)
    return found


def versions():
    """{program: "1.36.3"} of what is installed; programs are asked in parallel."""
    found, running = packaged_versions(), {}
    for name, argv in VERSIONS.items():
        if name not in found and shutil.which(name):
            running[name] = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for name, process in running.items():
        try:
            answer = re.search(r"\bv?(\d+\.\d+\.\d+)", process.communicate(timeout=30)[0])
        except subprocess.TimeoutExpired:
            process.kill()
            continue
        if answer:
            found[name] = answer.group(1)
    return found


def services():
    """{name: {active, enabled}} of the services that the roles care about."""
    argv = ["systemctl", "show", "--property=Id,ActiveState,UnitFileState"] + ["%s.service" % name for name in SERVICES]
    found = {}
    for block in run(argv)[1].split("\n\n"):
        fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in fields:
            found[fields["Id"].rsplit(".", 1)[0]] = {"active": fields.get("ActiveState") == "active", "enabled": fields.get("UnitFileState") == "enabled"}
    return found


def active_steps():
    """Names of our transient units that have not ended."""
    argv = ["systemctl", "list-units", "--plain", "--no-legend", "--all", "--type=service", "kubesmith-*"]
    names = []
    for line in run(argv)[1].splitlines():
        unit, _load, active = (line.split() + ["", "", ""])[:3]
        name = unit.rsplit(".", 1)[0]
        if STEP_UNIT.match(name) and active in ("active", "activating", "deactivating", "reloading"):
            names.append(name)
    return names


def wait_for_steps(patience):
    """Waits until no step runs on the node; the names of those that did."""
    names = running = active_steps()
    deadline = time.monotonic() + patience
    while running:
        if time.monotonic() >= deadline:
            raise NodeError("%s is still running after %d s" % (", ".join(running), patience))
        time.sleep(0.3)
        running = active_steps()
    return names


def last_step(kind):
    """Record of the youngest step of a kind (init, join, reset), or None."""
    records = [read_json(path) for path in glob.glob("%s/kubesmith-%s-*.json" % (STEPS_DIR, kind))]
    return max((r for r in records if r), key=lambda r: str(r.get("started", "")), default=None)


def first_line(path):
    try:
        with open(path, encoding="utf-8") as source:
            return source.readline().strip()
    except OSError:
        return ""


def os_release():
    fields = {}
    with open("/etc/os-release", encoding="utf-8") as source:
        for line in source:
            key, _equals, value = line.strip().partition("=")
            fields[key] = value.strip('"')
    return {"id": fields.get("ID", ""), "version": fields.get("VERSION_ID", ""), "like": fields.get("ID_LIKE", "")}


def missing_packages():
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return sorted({package for program, package in PROGRAMS.items() if not shutil.which(program, path=path)})


def kubeadm_traces():
    """Names of what an init or join leaves behind, in the order in which they appear."""
    found = [name for name, path in (("kubelet_conf", KUBELET_CONF), ("admin_conf", ADMIN_CONF), ("etcd_member", "/var/lib/etcd/member"),
                                     ("pki", "/etc/kubernetes/pki/ca.crt"), ("kubelet_config", "/var/lib/kubelet/config.yaml")) if os.path.exists(path)]
    return found + (["manifests"] if glob.glob("/etc/kubernetes/manifests/*.yaml") else [])


def api_state(node, address, patience):
    """What this node's own API server says; waits up to `patience` seconds for it to be ready."""
    state = dict(NO_API)
    try:
        api = Api(server="https://%s:6443" % address)
        deadline = time.monotonic() + patience
        while not api.is_ready():
            if time.monotonic() >= deadline:
                return state
            time.sleep(0.5)
        state["kubeadm_config"] = api.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config") is not None
        nodes = api.nodes()
    except NodeError:
        return dict(NO_API)
    return dict(state, readyz=True, own_node=node in nodes, control_planes=sum(1 for known in nodes.values() if known["control_plane"]))


def user_exists(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def probe(params):
    attached = wait_for_steps(params["step_wait"])
    stage = read_json(STAGE_FILE) or {}
    traces = kubeadm_traces()
    step = last_step("init")
    facts = {
        "stage": stage,
        "stamped": stage.get("stage") in ("initialised", "joined", "ready"),
        "traces": traces,
        "kubelet_conf": "kubelet_conf" in traces,
        "admin_conf": "admin_conf" in traces,
        "super_admin_conf": os.path.exists("/etc/kubernetes/super-admin.conf"),
        "attached": attached,
        "step": step,
        "versions": versions(),
        "services": services(),
        "missing_packages": missing_packages(),
        "machine_id": first_line("/etc/machine-id"),
        "os": os_release(),
        "swap": len(open("/proc/swaps", encoding="utf-8").readlines()) > 1,
        "kubectl_user": user_exists("kubesmith-kubectl"),
        "api": dict(NO_API),
        "decision": "",
        "reason": "",
    }
    if params["role"] == "control-plane":
        if facts["admin_conf"]:
            expected = facts["stamped"] or params["ever_ready"] or (step or {}).get("rc") == 0
            facts["api"] = api_state(params["node"], params["address"], params["api_wait"] if expected else 0)
        facts["decision"], facts["reason"] = decide_init(facts, params["ever_ready"], params["operation_id"])
    return facts


def main():
    module = AnsibleModule(
        argument_spec={
            "node": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "role": {"type": "str", "required": True, "choices": ["control-plane", "worker"]},
            "operation_id": {"type": "str", "required": True},
            "ever_ready": {"type": "bool", "required": True},
            "api_wait": {"type": "int", "default": 120},
            "step_wait": {"type": "int", "default": 1000},
        },
        supports_check_mode=True,
    )
    try:
        facts = probe(module.params)
    except NodeError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **facts)


if __name__ == "__main__":
    main()
