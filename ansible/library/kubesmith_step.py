#!/usr/bin/python
"""Ansible module kubesmith_step: a long command that outlives the connection. See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubesmith_step
short_description: Runs a long command as a named transient systemd unit, or attaches to one that runs
description:
  - The command runs on the node under systemd, not under SSH. When the playbook dies, it goes on; the next run finds
    the unit by its name, waits for it and takes its result.
  - The unit holds the node's lock. What became of it is kept in /var/lib/kubesmith/steps/NAME.json (by the helper
    C(step-ended), also when the unit is killed or times out), its output in /var/log/kubesmith/NAME.log.
options:
  name: {description: "Unit name, kubesmith-(init|join|reset|renew|backup|restore|upgrade)-ID.", type: str, required: true}
  argv: {description: The command., type: list, elements: str, required: true}
  operation_id: {description: The operation that wants the step., type: str, required: true}
  timeout: {description: "Seconds that the command may take, then systemd ends it.", type: int, default: 900}
  secret: {description: "Content of a file /run/kubesmith/NAME, mode 0600, removed when the unit ends.", type: str}
author: [Kubesmith]
"""

EXAMPLES = r"""
- name: Run kubeadm init
  kubesmith_step: {name: kubesmith-init-4f1c, argv: [kubeadm, init, --config, /etc/kubesmith/kubeadm.yaml]}
"""

RETURN = r"""
attached: {description: Whether the unit was there already., returned: always, type: bool}
rc: {description: The command's exit code., returned: always, type: int}
seconds: {description: How long the module waited., returned: always, type: float}
report: {description: "What the command left for people in /var/lib/kubesmith/steps/NAME.report.json.", returned: when there is such, type: dict}
"""

import json
import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.kubesmith_node import (
    LIB_DIR, LOCK_FILE, LOG_DIR, SECRETS_DIR, STEP_UNIT, STEPS_DIR, NodeError, last_line, read_json, run, write_atomically,
)

#: flock's exit code when somebody else holds the node's lock.
LOCK_HELD = 75


def record_path(name):
    return "%s/%s.json" % (STEPS_DIR, name)


def is_active(name):
    state = run(["systemctl", "show", "--property=ActiveState", "--value", name + ".service"])[1].strip()
    return state in ("active", "activating", "deactivating", "reloading")


def begin(params):
    """Writes the record (attempt + 1), the secret, then starts the unit."""
    name = params["name"]
    before = read_json(record_path(name)) or {}
    record = {"name": name, "operation": params["operation_id"], "attempt": int(before.get("attempt", 0)) + 1,
              "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    os.makedirs(LOG_DIR, mode=0o700, exist_ok=True)
    os.makedirs(SECRETS_DIR, mode=0o700, exist_ok=True)
    write_atomically(record_path(name), json.dumps(record).encode())
    if params["secret"] is not None:
        write_atomically("%s/%s" % (SECRETS_DIR, name), params["secret"].encode(), 0o600)
    log = "%s/%s.log" % (LOG_DIR, name)
    argv = ["systemd-run", "--quiet", "--collect", "--unit=" + name, "--service-type=exec",
            "--property=RuntimeMaxSec=%d" % params["timeout"], "--property=UMask=0077",
            "--property=StandardOutput=append:" + log, "--property=StandardError=append:" + log,
            "--property=ExecStopPost=%s/step-ended %s" % (LIB_DIR, name),
            "flock", "--nonblock", "--conflict-exit-code", str(LOCK_HELD), LOCK_FILE]
    code, out, err = run(argv + params["argv"])
    if code != 0:
        raise NodeError("systemd-run: %s" % last_line(err or out))


def wait(name, timeout):
    """Waits until the record says how the unit ended; the record's object."""
    deadline = time.monotonic() + timeout + 60
    while time.monotonic() < deadline:
        for _ in range(20):
            record = read_json(record_path(name)) or {}
            if "rc" in record:
                return record
            time.sleep(0.1)
        if not is_active(name):
            time.sleep(0.5)
            record = read_json(record_path(name)) or {}
            return record if "rc" in record else dict(record, rc=255, message="it ended without a result (was the node restarted?)")
    raise NodeError("%s is still running after %d s; a later run attaches to it" % (name, timeout))


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "argv": {"type": "list", "elements": "str", "required": True},
            "operation_id": {"type": "str", "required": True},
            "timeout": {"type": "int", "default": 900},
            "secret": {"type": "str", "no_log": True},
        },
        supports_check_mode=False,
    )
    params = module.params
    if not STEP_UNIT.match(params["name"]):
        module.fail_json(msg="not a step's name: kubesmith-(init|join|reset|renew|backup|restore|upgrade)-ID is")
    began = time.monotonic()
    attached = is_active(params["name"])
    try:
        if not attached:
            begin(params)
        record = wait(params["name"], params["timeout"])
    except (NodeError, OSError) as error:
        module.fail_json(msg=str(error), attached=attached)
    result = {"attached": attached, "rc": record["rc"], "seconds": round(time.monotonic() - began, 1)}
    if record["rc"] == LOCK_HELD:
        module.fail_json(msg="another run is changing this node (%s is held)" % LOCK_FILE, **result)
    if record["rc"] != 0:
        module.fail_json(msg="%s failed (exit %s): %s" % (params["name"], record["rc"], record.get("message") or "see its log"), **result)
    told = read_json("%s/%s.report.json" % (STEPS_DIR, params["name"]))
    if told:
        result["report"] = told
    module.exit_json(changed=True, **result)


if __name__ == "__main__":
    main()
