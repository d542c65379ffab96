#!/usr/bin/python
"""Ansible module kubesmith_upgrade: which Kubernetes does a node run, and may it be upgraded? See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubesmith_upgrade
short_description: Says what of an upgrade is still to be done on a node, and what is in its way
description:
  - Looks at what runs, not at what was meant to be done, so an upgrade that was interrupted goes on where it stopped. Changes nothing.
  - A long step that an earlier run left running is waited for first.
options:
  role: {description: The node's role., type: str, choices: [control-plane, worker], required: true}
  version: {description: "The version that is wanted, without v.", type: str, required: true}
  disk_mib: {description: Free room in MiB that each disk must have., type: int, default: 0}
  certificate_days: {description: Days for which certificates must still be good., type: int, default: 0}
  step_wait: {description: Seconds to wait for a step that still runs., type: int, default: 1300}
author: [Kubesmith]
"""

EXAMPLES = r"""
- name: Look at the node
  kubesmith_upgrade: {role: worker, version: 1.36.3, disk_mib: 2048}
"""

RETURN = r"""
versions: {description: "Versions of kubeadm, kubelet and kubectl as packages, and of the control plane.", returned: always, type: dict}
needs: {description: "What is to be done: kubeadm, control_plane, kubelet, restart (booleans).", returned: always, type: dict}
problem: {description: "What is in the way, a sentence; empty when nothing is.", returned: always, type: str}
report: {description: The same for people., returned: always, type: dict}
"""

import os
import re
import ssl
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.kubesmith_node import ADMIN_CONF, STATE_DIR, STEP_UNIT, NodeError, last_line, read_json, run

PROGRAMS = ("kubeadm", "kubelet", "kubectl")
CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
MANIFESTS = "/etc/kubernetes/manifests"
MARK = STATE_DIR + "/upgraded.json"
KUBELET_CERTIFICATE = "/var/lib/kubelet/pki/kubelet-client-current.pem"
#: Disks that an upgrade fills.
FOLDERS = ("/var/lib/kubelet", "/var/lib/containerd", "/var/lib/etcd", "/var/cache/apt", "/usr/bin")


def numbers(version):
    """(1, 36, 3) of "1.36.3"."""
    return tuple(int(part) for part in version.split("."))


def packaged():
    """{program: "1.36.3"} of the installed packages."""
    listed = run(["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status} ${Version}\n", *PROGRAMS])[1]
    found = {}
    for line in listed.splitlines():
        name, status, version = (line.split() + ["", "", ""])[:3]
        answer = re.match(r"\d+\.\d+\.\d+", version)
        if status == "installed" and answer:
            found[name] = answer.group(0)
    return found


def control_plane(manifests=MANIFESTS):
    """{program: "1.36.3"} by the images in the manifests that the kubelet runs."""
    found = {}
    for name in CONTROL_PLANE:
        try:
            with open("%s/%s.yaml" % (manifests, name), encoding="utf-8") as source:
                image = re.search(r"^\s*image: *\S+:v(\d+\.\d+\.\d+)\s*$", source.read(), re.M)
        except OSError:
            continue
        if image:
            found[name] = image.group(1)
    return found


def kubelet_is_old():
    """Whether the kubelet that runs is another program than the one that is installed; None when none runs."""
    pid = run(["systemctl", "show", "--property=MainPID", "--value", "kubelet.service"])[1].strip()
    try:
        running, installed = os.stat("/proc/%s/exe" % pid), os.stat("/usr/bin/kubelet")
    except OSError:
        return None
    return (running.st_dev, running.st_ino) != (installed.st_dev, installed.st_ino)


def wait_for_step(patience):
    """Waits until no upgrade step of an earlier run is on the node."""
    deadline = time.monotonic() + patience
    while True:
        listed = run(["systemctl", "list-units", "--plain", "--no-legend", "--type=service", "kubesmith-upgrade-*"])[1]
        names = [line.split()[0].rsplit(".", 1)[0] for line in listed.splitlines() if line.split()]
        if not [name for name in names if STEP_UNIT.match(name)]:
            return
        if time.monotonic() > deadline:
            raise NodeError("an upgrade is still running on this node after %d s" % patience)
        time.sleep(0.5)


def distance(have, wanted):
    """Why a version cannot become the wanted one; empty if it can."""
    if numbers(have) > numbers(wanted):
        return "this node has Kubernetes %s, and %s is older: there is no way back" % (have, wanted)
    if numbers(have)[0] != numbers(wanted)[0] or numbers(wanted)[1] - numbers(have)[1] > 1:
        return "this node has Kubernetes %s, which cannot become %s at once: upgrade one minor version after the other" % (have, wanted)
    return ""


def disks(mib):
    """The first folder whose disk has less room than that; empty if there is none."""
    for folder in FOLDERS:
        if not os.path.isdir(folder):
            continue
        room = os.statvfs(folder)
        free = room.f_bavail * room.f_frsize >> 20
        if free < mib:
            return "the disk under %s has only %d MiB free, and an upgrade wants %d: make room (old images, logs) or resize the node" % (folder, free, mib)
    return ""


def end_of(path):
    """Seconds since the epoch at which the first certificate of a PEM file ends."""
    # What the standard library itself reads certificates with; its public way needs a connection.
    return ssl.cert_time_to_seconds(ssl._ssl._test_decode_cert(path)["notAfter"])  # pylint: disable=protected-access


def certificates(role, days):
    """Whether one of the certificates that this node works with ends too soon; empty if none does."""
    paths = [KUBELET_CERTIFICATE]
    if role == "control-plane":
        paths += ["/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/pki/etcd/server.crt"]
    for path in paths:
        if os.path.exists(path) and end_of(path) < time.time() + days * 86400:
            return "the certificate %s has ended, or ends within %d days: renew the certificates first" % (path, days)
    return ""


def answers():
    """What the API says of itself and of etcd; empty if all is well."""
    for path in ("/readyz", "/readyz/etcd"):
        code, out, err = run(["kubectl", "--kubeconfig", ADMIN_CONF, "--request-timeout", "10s", "get", "--raw", path])
        if code != 0 or out.strip() != "ok":
            return "the API or etcd is not well (%s: %s): repair the cluster first" % (path, last_line(err or out))
    return ""


def main():
    module = AnsibleModule(
        argument_spec={
            "role": {"type": "str", "choices": ["control-plane", "worker"], "required": True},
            "version": {"type": "str", "required": True},
            "disk_mib": {"type": "int", "default": 0},
            "certificate_days": {"type": "int", "default": 0},
            "step_wait": {"type": "int", "default": 1300},
        },
        supports_check_mode=True,
    )
    params, wanted = module.params, module.params["version"]
    try:
        wait_for_step(params["step_wait"])
    except NodeError as error:
        module.fail_json(msg=str(error))
    installed, plane, old = packaged(), control_plane() if params["role"] == "control-plane" else {}, kubelet_is_old()
    is_new = installed.get("kubelet") == wanted and installed.get("kubectl") == wanted
    ended = (read_json(MARK) or {}).get("version") == wanted
    needs = {
        "kubeadm": installed.get("kubeadm") != wanted,
        # The kubelet comes after kubeadm has ended: a new one proves it, else the mark does.
        "control_plane": bool(plane) and (set(plane.values()) != {wanted} or not (ended or installed.get("kubelet") == wanted)),
        "kubelet": not is_new,
        "restart": old is not False,
    }
    problems = []
    if set(PROGRAMS) - set(installed):
        problems.append("kubeadm, kubelet and kubectl of this node did not come as Debian packages, so they cannot be upgraded here")
    problems += [distance(version, wanted) for version in list(installed.values()) + list(plane.values())]
    if any((needs["kubeadm"], needs["control_plane"], needs["kubelet"])) and params["disk_mib"]:
        problems.append("" if old is not None else "the kubelet of this node does not run: repair the cluster first")
        problems.append(disks(params["disk_mib"]))
        problems.append(certificates(params["role"], params["certificate_days"]))
        if params["role"] == "control-plane":
            problems.append(answers())
    report = {"kubelet": installed.get("kubelet", "none")}
    if plane:
        report["control plane"] = ", ".join(sorted(set(plane.values())))
    module.exit_json(changed=False, versions=dict(installed, **plane), needs=needs, problem=next((p for p in problems if p), ""), report=report)


if __name__ == "__main__":
    main()
