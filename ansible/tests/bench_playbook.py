"""What a run of the playbook costs on real nodes of the lab: the first one, one that finds all done, and one in the original's shape
(lab/original_shape.yml) that finds all done. Prints a line of JSON for `yarn bench --lab lab.playbook`. Needs root."""

import json
import os
import time

from lab_playbook import CP, KUBECTL, W1, W2, Lab

PAIRS = 5
#: The original had neither.
ORIGINAL = {"ANSIBLE_PIPELINING": "False", "ANSIBLE_SSH_PIPELINING": "False"}


def ours(lab, workers, number):
    seconds, _output = lab.play(workers=workers, operation="22222222-0000-4000-8000-%012d" % number, ever_ready=True)
    return seconds


def original(lab, workers):
    os.environ.update(ORIGINAL)
    try:
        seconds, _output = lab.play(workers=workers, ever_ready=True, playbook=os.path.join("tests", "lab", "original_shape.yml"))
    finally:
        for name in ORIGINAL:
            del os.environ[name]
    return seconds


def verifying(lab):
    """Seconds that the last run took to prove that the cluster works."""
    return sum(event["ms"] for event in lab.events() if event["event"] == "host" and "run a Pod" in event["task"]) / 1000


def unchanged(lab, what):
    changed = lab.changed()
    if changed:
        raise AssertionError("%s changed something: %s" % (what, changed))


def measure():
    workers = {"demo-w-1": W1, "demo-w-2": W2}
    lab = Lab()
    try:
        lab.boot(("demo-cp-1", CP, "golden"), ("demo-w-1", W1, "golden"), ("demo-w-2", W2, "golden"))
        first, _output = lab.play(workers=workers)
        if not lab.changed():
            raise AssertionError("the first run changed nothing")
        pairs = []
        for number in range(-1, PAIRS):
            pair = {"ours": ours(lab, workers, number + 2)}
            unchanged(lab, "ours")
            pair["verifying"] = verifying(lab)
            pair["original"] = original(lab, workers)
            unchanged(lab, "the original's shape")
            if number >= 0:  # the first pair is for warming up
                pairs.append(pair)
        nodes = lab.say(CP, KUBECTL + "get nodes --no-headers").splitlines()
        if len(nodes) != 3 or not all(" Ready " in node for node in nodes):
            raise AssertionError("the cluster is not well: %s" % nodes)
        return {"first": first, "pairs": pairs}
    finally:
        lab.close()


if __name__ == "__main__":
    began = time.monotonic()
    result = measure()
    print(json.dumps({**result, "seconds": time.monotonic() - began}), flush=True)
