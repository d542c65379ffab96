#!/usr/bin/python
"""Ansible module kubesmith_certificates: when a node's certificates end. See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubesmith_certificates
short_description: Says when the certificates of a node end
description:
  - Reads the files alone, so it works when the API does not answer because they ended. Certificates of authorities are left out.
options:
  renewal: {description: "A step's name, kubesmith-renew-ID; whether it is over is told too.", type: str}
author: [Kubesmith]
"""

EXAMPLES = r"""
- name: Look at the certificates
  kubesmith_certificates:
"""

RETURN = r"""
ends: {description: "End of each certificate, by its name (ISO 8601, UTC).", returned: always, type: dict}
first: {description: The earliest end of those that kubeadm renews; empty on a worker., returned: always, type: str}
kubelet: {description: End of the certificate that the kubelet renews by itself; empty when there is none., returned: always, type: str}
kubelet_over: {description: Whether that end has passed., returned: always, type: bool}
renewed: {description: Whether the step that was named has ended well., returned: always, type: bool}
report: {description: The same for people., returned: always, type: dict}
"""

import base64
import glob
import os
import re
import ssl
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.kubesmith_node import STEPS_DIR, read_json

PKI = "/etc/kubernetes/pki"
#: kubeconfigs with a client certificate inside. super-admin.conf is taken away after init.
KUBECONFIGS = ("admin", "controller-manager", "scheduler")
KUBELET = "/var/lib/kubelet/pki/kubelet-client-current.pem"


def end_of(path):
    """Seconds since the epoch at which the first certificate of a PEM file ends."""
    # What the standard library itself reads certificates with; its public way needs a connection.
    return ssl.cert_time_to_seconds(ssl._ssl._test_decode_cert(path)["notAfter"])  # pylint: disable=protected-access


def end_of_kubeconfig(path):
    """The same of the client certificate in a kubeconfig; None when there is none inside."""
    with open(path, encoding="utf-8") as source:
        found = re.search(r"client-certificate-data: *\"?([A-Za-z0-9+/=]+)", source.read())
    if not found:
        return None
    with tempfile.NamedTemporaryFile(prefix="kubesmith-") as certificate:
        certificate.write(base64.b64decode(found.group(1)))
        certificate.flush()
        return end_of(certificate.name)


def ends(pki=PKI, conf="/etc/kubernetes"):
    """{name as kubeadm calls it: seconds since the epoch} of what `kubeadm certs renew all` renews."""
    found = {}
    for path in sorted(glob.glob(pki + "/*.crt") + glob.glob(pki + "/etcd/*.crt")):
        name = os.path.relpath(path, pki)[:-len(".crt")].replace("/", "-")
        if not re.fullmatch(r"(etcd-|front-proxy-)?ca", name):
            found[name] = end_of(path)
    for name in KUBECONFIGS:
        path = "%s/%s.conf" % (conf, name)
        end = end_of_kubeconfig(path) if os.path.exists(path) else None
        if end is not None:
            found[name + ".conf"] = end
    return found


def is_over(step):
    """Whether a step of kubesmith_step has ended well."""
    return (read_json("%s/%s.json" % (STEPS_DIR, step)) or {}).get("rc") == 0


def written(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def main():
    module = AnsibleModule(argument_spec={"renewal": {"type": "str"}}, supports_check_mode=True)
    renewal = module.params["renewal"]
    try:
        found = ends()
        kubelet = end_of(KUBELET) if os.path.exists(KUBELET) else None
    except (OSError, ValueError) as error:
        module.fail_json(msg="a certificate of this node cannot be read: %s" % error)
    facts = {name: written(seconds) for name, seconds in found.items()}
    first = written(min(found.values())) if found else ""
    report = {}
    if first:
        report["certificates end"] = first
    if kubelet is not None:
        report["kubelet certificate ends"] = written(kubelet)
    module.exit_json(changed=False, ends=facts, first=first, kubelet=written(kubelet) if kubelet is not None else "",
                     kubelet_over=kubelet is not None and kubelet <= time.time(), renewed=bool(renewal) and is_over(renewal), report=report)


if __name__ == "__main__":
    main()
