#!/usr/bin/python
"""Ansible module kubesmith_verify: does the cluster really work? See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubesmith_verify
short_description: Waits for nodes and CoreDNS, asks the cluster's DNS, runs a Pod and removes it
description:
  - Runs on a control plane. Every wait ends at the same deadline; the error says what was missing, by name.
options:
  nodes: {description: Names of the nodes that must be Ready., type: list, elements: str, required: true}
  image: {description: Image of the Pod; one that every node has., type: str, required: true}
  pod: {description: Name of the Pod., type: str, required: true}
  namespace: {description: Where the Pod runs., type: str, default: kubesmith-system}
  dns_name: {description: Name that must resolve., type: str, default: kubernetes.default.svc.cluster.local}
  timeout: {description: Seconds for everything together., type: int, default: 180}
author: [Kubesmith]
"""

EXAMPLES = r"""
- name: Verify
  kubesmith_verify: {nodes: [demo-cp-1, demo-w-1], image: "registry.k8s.io/pause:3.10.1", pod: verify-4f1c}
"""

RETURN = r"""
seconds: {description: How long each check took., returned: always, type: dict}
"""

import os
import socket
import struct
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.kubesmith_api import Api
from ansible.module_utils.kubesmith_node import NodeError


def until(deadline, check, pause=0.15):
    """Calls check() until it returns None; raises NodeError with its last words at the deadline. An API that is away for a moment is waited for."""
    while True:
        try:
            missing = check()
        except NodeError as error:
            missing = str(error)
        if missing is None:
            return
        if time.monotonic() >= deadline:
            raise NodeError(missing)
        time.sleep(pause)


def nodes_ready(api, names):
    known = api.nodes()
    bad = ["%s (%s)" % (name, "absent" if name not in known else "not ready") for name in names if known.get(name, {}).get("ready") != "True"]
    return "nodes are not ready: %s" % ", ".join(bad) if bad else None


def coredns_available(api):
    status = (api.get("/apis/apps/v1/namespaces/kube-system/deployments/coredns") or {}).get("status", {})
    return None if status.get("availableReplicas", 0) > 0 else "CoreDNS is not available"


def dns_query(server, name, timeout=2.0, port=53):
    """IPv4 addresses that a DNS server gives for a name (one UDP question, RFC 1035)."""
    identity = struct.unpack("!H", os.urandom(2))[0]
    question = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".")) + b"\0" + struct.pack("!HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        client.sendto(struct.pack("!6H", identity, 0x0100, 1, 0, 0, 0) + question, (server, port))
        answer = client.recv(4096)
    got, flags, _questions, answers = struct.unpack("!4H", answer[:8])
    if got != identity or flags & 0x000F:
        raise NodeError("DNS error %d" % (flags & 0x000F))
    addresses, at = [], 12 + len(question)
    for _ in range(answers):
        while answer[at] and answer[at] & 0xC0 != 0xC0:  # skip the name
            at += answer[at] + 1
        at += 2 if answer[at] & 0xC0 == 0xC0 else 1
        kind, _class, _ttl, length = struct.unpack("!HHIH", answer[at:at + 10])
        if kind == 1 and length == 4:
            addresses.append(socket.inet_ntoa(answer[at + 10:at + 14]))
        at += 10 + length
    return addresses


def cluster_dns(server, name, expected):
    try:
        found = dns_query(server, name)
    except (OSError, NodeError, struct.error, IndexError) as error:
        return "cluster DNS at %s gives no answer for %s: %s" % (server, name, error)
    return None if expected in found else "cluster DNS says %s for %s, not %s" % (found, name, expected)


def pod_manifest(name, namespace, image):
    """A Pod that the restricted Pod Security Standard lets in; it may run on any node."""
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/managed-by": "kubesmith"}},
        "spec": {
            "restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "automountServiceAccountToken": False,
            "activeDeadlineSeconds": 300, "tolerations": [{"operator": "Exists"}],
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65535, "runAsGroup": 65535, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "pause", "image": image, "imagePullPolicy": "IfNotPresent",
                "resources": {"requests": {"cpu": "1m", "memory": "4Mi"}, "limits": {"memory": "32Mi"}},
                "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    }


def pod_running(api, path):
    status = (api.get(path) or {}).get("status", {})
    if status.get("phase") == "Running" and status.get("podIP"):
        return None
    waiting = [c["state"]["waiting"].get("reason", "") for c in status.get("containerStatuses", []) if "waiting" in c.get("state", {})]
    conditions = [c.get("message", "") for c in status.get("conditions", []) if c.get("status") == "False" and c.get("message")]
    return "the test Pod does not run: %s" % (", ".join(waiting + conditions)[:200] or status.get("phase", "absent"))


def delete_pod(api, path, patience=30):
    """Deletes the Pod and waits until it is gone."""
    if api.call("DELETE", path) is not None:
        until(time.monotonic() + patience, lambda: "the test Pod does not go away" if api.get(path) is not None else None)


class TestPod:
    """A Pod that is there for the length of a `with`; it starts while something else is waited for."""

    def __init__(self, api, params, deadline):
        self.api, self.params, self.deadline = api, params, deadline
        self.pods = "/api/v1/namespaces/%s/pods" % params["namespace"]
        self.path = "%s/%s" % (self.pods, params["pod"])

    def __enter__(self):
        delete_pod(self.api, self.path)
        try:
            until(self.deadline, self.created)
        except NodeError:
            delete_pod(self.api, self.path)
            raise
        return self

    def __exit__(self, *_error):
        delete_pod(self.api, self.path)

    def created(self):
        """A new namespace has no service account for a moment, and refuses."""
        manifest = pod_manifest(self.params["pod"], self.params["namespace"], self.params["image"])
        if self.api.call("POST", self.pods, manifest) is None:
            return "the namespace %s is not there" % self.params["namespace"]
        return None

    def wait(self):
        until(self.deadline, lambda: pod_running(self.api, self.path))


def cluster_ip(api, service, namespace):
    address = (api.get("/api/v1/namespaces/%s/services/%s" % (namespace, service)) or {}).get("spec", {}).get("clusterIP", "")
    if not address:
        raise NodeError("service %s has no address" % service)
    return address


def main():
    module = AnsibleModule(
        argument_spec={
            "nodes": {"type": "list", "elements": "str", "required": True},
            "image": {"type": "str", "required": True},
            "pod": {"type": "str", "required": True},
            "namespace": {"type": "str", "default": "kubesmith-system"},
            "dns_name": {"type": "str", "default": "kubernetes.default.svc.cluster.local"},
            "timeout": {"type": "int", "default": 180},
        },
        supports_check_mode=False,
    )
    params = module.params
    deadline = time.monotonic() + params["timeout"]
    seconds = {}
    try:
        api = Api()
        dns_server, api_address = cluster_ip(api, "kube-dns", "kube-system"), cluster_ip(api, "kubernetes", "default")
        with TestPod(api, params, deadline) as pod:
            checks = (
                ("nodes", lambda: until(deadline, lambda: nodes_ready(api, params["nodes"]))),
                ("coredns", lambda: until(deadline, lambda: coredns_available(api))),
                ("dns", lambda: until(deadline, lambda: cluster_dns(dns_server, params["dns_name"], api_address))),
                ("pod", pod.wait),
            )
            for name, check in checks:
                began = time.monotonic()
                check()
                seconds[name] = round(time.monotonic() - began, 1)
    except NodeError as error:
        module.fail_json(msg=str(error), seconds=seconds)
    module.exit_json(changed=False, seconds=seconds)


if __name__ == "__main__":
    main()
