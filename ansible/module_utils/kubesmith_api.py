"""A node's own look at the Kubernetes API: the administrator's kubeconfig, one kept connection, JSON in and out.

kubectl takes 0.1 s to start, which is most of what a probe of ten questions costs; a question here takes some
milliseconds. Standard library only.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import ssl
import tempfile
from urllib.parse import urlsplit

from ansible.module_utils.kubesmith_node import ADMIN_CONF, NodeError


def credentials(kubeconfig):
    """(server, CA as PEM, client certificate and key as PEM) of a kubeconfig as kubeadm writes it."""
    try:
        with open(kubeconfig, encoding="ascii") as source:
            text = source.read()
    except OSError as error:
        raise NodeError("%s: %s" % (kubeconfig, error.strerror)) from error
    fields = dict(re.findall(r"^\s*(server|certificate-authority-data|client-certificate-data|client-key-data): *\"?([^\s\"]+)", text, re.M))
    try:
        authority, certificate, key = (base64.b64decode(fields[name + "-data"]).decode() for name in ("certificate-authority", "client-certificate", "client-key"))
        return fields["server"], authority, certificate + key
    except (KeyError, ValueError) as error:
        raise NodeError("%s is not a kubeconfig with certificates inside" % kubeconfig) from error


def tls(authority, client):
    """A context that trusts one CA and shows one client certificate (which Python takes from a file only: one in memory, gone at once)."""
    context = ssl.create_default_context(cadata=authority)
    handle, path = tempfile.mkstemp(dir="/run" if os.access("/run", os.W_OK) else None, prefix=".kubesmith-")
    try:
        with os.fdopen(handle, "w") as out:
            out.write(client)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
    return context


class Api:
    """The API as administrator; `server` (https://host:port) overrides the kubeconfig's, e.g. to ask this node alone."""

    def __init__(self, server=None, kubeconfig=ADMIN_CONF, timeout=10):
        own, authority, client = credentials(kubeconfig)
        address = urlsplit(server or own)
        self._connection = http.client.HTTPSConnection(address.hostname, address.port, context=tls(authority, client), timeout=timeout)

    def request(self, method, path, body=None):
        """(status, answer as bytes). Raises NodeError when there is none."""
        content = None if body is None else json.dumps(body)
        for last in (False, True):
            try:
                self._connection.request(method, path, body=content, headers={"Accept": "application/json", "Content-Type": "application/json"})
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()  # a kept connection may have ended since: once more with a new one
                if last:
                    raise NodeError("the API does not answer: %s" % error) from error
        raise AssertionError("not reached")

    def call(self, method, path, body=None):
        """The answer's object; None for 404. Raises NodeError with the API's own message for any other refusal."""
        status, content = self.request(method, path, body)
        if status == 404:
            return None
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise NodeError("the API's answer (%d) to %s %s is not JSON" % (status, method, path)) from error
        if status >= 400:
            raise NodeError("the API refused %s %s (%d): %s" % (method, path, status, str(answer.get("message", ""))[:200]))
        return answer

    def get(self, path):
        return self.call("GET", path)

    def is_ready(self):
        """Whether /readyz says ok; an API that is not there is not ready."""
        try:
            return self.request("GET", "/readyz")[0] == 200
        except NodeError:
            return False

    def nodes(self):
        """{name: {uid, machine_id, ready: "True"|"False"|"Unknown", control_plane, version}}."""
        return summarize_nodes(self.get("/api/v1/nodes") or {})


def summarize_nodes(answer):
    """A NodeList as Api.nodes() returns it."""
    nodes = {}
    for item in answer.get("items", []):
        status = item.get("status", {})
        ready = [c.get("status", "Unknown") for c in status.get("conditions", []) if c.get("type") == "Ready"]
        info = status.get("nodeInfo", {})
        nodes[item["metadata"]["name"]] = {
            "uid": item["metadata"].get("uid", ""),
            "machine_id": info.get("machineID", ""),
            "ready": ready[0] if ready else "Unknown",
            "control_plane": "node-role.kubernetes.io/control-plane" in item["metadata"].get("labels", {}),
            "version": info.get("kubeletVersion", ""),
        }
    return nodes
