"""Which way a half-known node goes. Pure functions: facts in, one word and a reason out."""

from __future__ import annotations

#: kubeadm init is begun at most this often in one operation: once, and twice more after a reset.
MAX_INIT_ATTEMPTS = 3


def decide_init(facts, ever_ready, operation_id):
    """What to do with the first control plane.

    facts: traces (names of what kubeadm left behind), stamped (bool), step (record of the last init step or None),
    api {readyz, kubeadm_config, own_node, control_planes}. An init that still runs has been waited for before.
    ever_ready: the caller's record says that this cluster worked once.
    Returns (decision, reason); decision is init | skip | reset | refuse. `reset` means: reset, then init.
    """
    step = facts["step"] or {}
    api = facts["api"]
    if not facts["traces"] and not facts["stamped"]:
        if ever_ready:
            return "refuse", "the cluster was ready once, but nothing of it is left on this node: restore a backup or delete the cluster"
        return "init", "nothing is there yet"
    healthy = api["readyz"] and api["kubeadm_config"] and api["own_node"]
    finished = facts["stamped"] or ever_ready or step.get("rc") == 0
    if healthy and finished:
        return "skip", "the control plane is there and answers"
    state = "does not answer" if finished else "was begun and never finished"
    if ever_ready:
        return "refuse", "the control plane %s, but the cluster was ready once: it is not reset automatically" % state
    if api["control_planes"] > 1:
        return "refuse", "the control plane %s, but etcd has other members: it is not reset automatically" % state
    attempts = step.get("attempt", 0) if step.get("operation") == operation_id else 0
    if attempts >= MAX_INIT_ATTEMPTS:
        return "refuse", "kubeadm init was tried %d times in this operation; last: %s" % (attempts, step.get("message") or "no message")
    return "reset", "the control plane %s" % state


def decide_join(worker, node):
    """What to do with one worker. worker: {machine_id, kubelet_conf}; node: as the API knows it (Api.nodes), or None.

    Returns skip | join | rejoin (reset first). A Node that reports itself, even as not ready (its network may be on the
    way), has joined; one that is silent has not. A machine that was created anew may have the machine id of the old one
    (systemd takes it from the SMBIOS UUID), so its missing kubelet.conf tells, not the id alone. Whoever does not skip
    has to have a Node of that name removed first.
    """
    same = node is not None and node["machine_id"] == worker["machine_id"] and worker["kubelet_conf"]
    if same and node["ready"] != "Unknown":
        return "skip"
    return "rejoin" if worker["kubelet_conf"] else "join"
