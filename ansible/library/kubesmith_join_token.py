#!/usr/bin/python
"""Ansible module kubesmith_join_token: a short-lived bootstrap token and the CA's pin. See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubesmith_join_token
short_description: Issues or revokes the bootstrap token of a run
description:
  - Present takes a live token of this operation or makes one, and waits until cluster-info is signed with it (a join
    before that waits in steps of 5 to 10 s).
  - Absent deletes every token that Kubesmith made. Use it with C(no_log).
options:
  state: {description: Whether the run needs a token., type: str, choices: [present, absent], default: present}
  operation_id: {description: The operation., type: str, required: true}
  ttl_minutes: {description: Life of a new token., type: int, default: 30}
author: [Kubesmith]
"""

EXAMPLES = r"""
- name: Issue a token
  kubesmith_join_token: {operation_id: 4f1c}
  no_log: true
"""

RETURN = r"""
token: {description: The token., returned: when present, type: str}
ca_hash: {description: "sha256:… of the CA's public key, as kubeadm pins it.", returned: when present, type: str}
revoked: {description: How many tokens were deleted., returned: when absent, type: int}
"""

import base64
import calendar
import hashlib
import re
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.kubesmith_api import Api
from ansible.module_utils.kubesmith_node import ADMIN_CONF, NodeError, last_line, run

SECRETS = "/api/v1/namespaces/kube-system/secrets"
CA_FILE = "/etc/kubernetes/pki/ca.crt"
#: A token with less than this left is not handed out again.
MINIMUM_LIFE = 600


def pin(pem):
    """kubeadm's pin of a certificate: SHA-256 over the DER of its SubjectPublicKeyInfo (RFC 7469)."""
    body = re.search(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", pem, re.S)
    if not body:
        raise NodeError("%s holds no certificate" % CA_FILE)
    der = base64.b64decode(body.group(1))

    def element(at):
        """(tag, start of content, end) of the DER element at an offset."""
        length = der[at + 1]
        start = at + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(der[start:start + size], "big")
            start += size
        return der[at], start, start + length

    at = element(element(0)[1])[1]  # into Certificate, into TBSCertificate
    if element(at)[0] == 0xA0:  # [0] version
        at = element(at)[2]
    for _field in ("serialNumber", "signature", "issuer", "validity", "subject"):
        at = element(at)[2]
    return "sha256:" + hashlib.sha256(der[at:element(at)[2]]).hexdigest()


def tokens(api):
    """Bootstrap tokens that Kubesmith made: [{id, token, operation, left (seconds)}]."""
    found = []
    listed = api.get(SECRETS + "?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken") or {}
    for item in listed.get("items", []):
        data = {key: base64.b64decode(value).decode() for key, value in item.get("data", {}).items()}
        description = data.get("description", "").split(" ")
        if description[0] != "kubesmith":
            continue
        expires = data.get("expiration", "1970-01-01T00:00:00Z")
        found.append({"id": data["token-id"], "token": "%s.%s" % (data["token-id"], data["token-secret"]), "operation": description[-1],
                      "left": calendar.timegm(time.strptime(expires, "%Y-%m-%dT%H:%M:%SZ")) - time.time()})
    return found


def issue(api, operation, minutes):
    """(token, whether it is new)."""
    for known in tokens(api):
        if known["operation"] == operation and known["left"] > MINIMUM_LIFE:
            return known["token"], False
    argv = ["kubeadm", "token", "create", "--kubeconfig", ADMIN_CONF, "--ttl", "%dm" % minutes,
            "--description", "kubesmith %s" % operation]
    code, out, err = run(argv)
    token = out.strip()
    if code != 0 or not re.fullmatch(r"[a-z0-9]{6}\.[a-z0-9]{16}", token):
        raise NodeError("kubeadm token create: %s" % last_line(err))
    return token, True


def wait_until_signed(api, token, patience=60):
    key = "jws-kubeconfig-" + token.split(".")[0]
    deadline = time.monotonic() + patience
    while key not in (api.get("/api/v1/namespaces/kube-public/configmaps/cluster-info") or {}).get("data", {}):
        if time.monotonic() > deadline:
            raise NodeError("the controller manager did not sign cluster-info within %d s" % patience)
        time.sleep(0.1)


def revoke(api):
    found = tokens(api)
    for known in found:
        api.call("DELETE", "%s/bootstrap-token-%s" % (SECRETS, known["id"]))
    return len(found)


def main():
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "operation_id": {"type": "str", "required": True},
            "ttl_minutes": {"type": "int", "default": 30},
        },
        supports_check_mode=False,
    )
    try:
        api = Api()
        if module.params["state"] == "absent":
            revoked = revoke(api)
            module.exit_json(changed=revoked > 0, revoked=revoked)
        token, new = issue(api, module.params["operation_id"], module.params["ttl_minutes"])
        wait_until_signed(api, token)
        with open(CA_FILE, encoding="ascii") as source:
            module.exit_json(changed=new, token=token, ca_hash=pin(source.read()))
    except (NodeError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
