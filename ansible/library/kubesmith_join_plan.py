#!/usr/bin/python
"""Ansible module kubesmith_join_plan: which workers have to join? See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubesmith_join_plan
short_description: Compares the workers with the Node objects of the API, removes stale Nodes
description:
  - Runs on a control plane. A worker that is silent for the API gets O(patience) to speak up before it is told to rejoin.
options:
  workers:
    description: "Node name to what the worker's own probe said: machine_id and kubelet_conf."
    type: dict
    required: true
  patience: {description: Seconds that a silent Node is waited for., type: int, default: 45}
author: [Kubesmith]
"""

EXAMPLES = r"""
- name: Compare the workers with the API
  kubesmith_join_plan: {workers: {demo-w-1: {machine_id: 1f, kubelet_conf: false}}}
"""

RETURN = r"""
join: {description: Names of the nodes that have to join., returned: always, type: list}
rejoin: {description: Names of those that must be reset first., returned: always, type: list}
removed: {description: Names of stale Node objects that were deleted., returned: always, type: list}
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.kubesmith_api import Api
from ansible.module_utils.kubesmith_decisions import decide_join
from ansible.module_utils.kubesmith_node import NodeError


def decide(api, workers):
    nodes = api.nodes()
    return nodes, {name: decide_join(worker, nodes.get(name)) for name, worker in workers.items()}


def silent(workers, nodes, decisions):
    """Workers that would be reset although the API knows this very machine: it may be about to speak up."""
    return [name for name, decision in decisions.items() if decision == "rejoin" and nodes.get(name, {}).get("machine_id") == workers[name]["machine_id"]]


def main():
    module = AnsibleModule(
        argument_spec={"workers": {"type": "dict", "required": True}, "patience": {"type": "int", "default": 45}},
        supports_check_mode=True,
    )
    workers, deadline = module.params["workers"], time.monotonic() + module.params["patience"]
    try:
        api = Api()
        nodes, decisions = decide(api, workers)
        while silent(workers, nodes, decisions) and time.monotonic() < deadline:
            time.sleep(1)
            nodes, decisions = decide(api, workers)
        removed = sorted(name for name, decision in decisions.items() if decision != "skip" and name in nodes)
        for name in [] if module.check_mode else removed:
            api.call("DELETE", "/api/v1/nodes/" + name)
    except NodeError as error:
        module.fail_json(msg=str(error))
    wanted = {word: sorted(name for name, decision in decisions.items() if decision == word) for word in ("join", "rejoin")}
    module.exit_json(changed=bool(removed), removed=removed, join=sorted(wanted["join"] + wanted["rejoin"]), rejoin=wanted["rejoin"])


if __name__ == "__main__":
    main()
