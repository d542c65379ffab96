"""An upgrade on real nodes of the lab, by the playbook that the portal runs: from the older Kubernetes to the usual one. Needs the older
image (`node packages/lab/src/images/cli.ts build older`, which compiles Kubernetes once more); otherwise as lab_playbook.py. Not part of
`run.sh --lab`: `run.sh lab_upgrade`."""

import contextlib
import json
import os
import subprocess
import time
import unittest

from lab_playbook import CACHE, CP, GATEWAY, KUBECTL, W1, Lab, inside
from support import ROOT

LAB = os.path.join(os.path.dirname(ROOT), "packages", "lab", "images")
OPERATION, AGAIN = "22222222-0000-4000-8000-000000000002", "33333333-0000-4000-8000-000000000003"
MIRROR = {"url": "http://%s:8099/" % GATEWAY, "key_url": "http://%s:8099/Release.key" % GATEWAY}


def version(name):
    with open(os.path.join(LAB, name), encoding="utf-8") as source:
        return json.load(source)["kubernetes"]


OLD, NEW = version("older.json"), version("versions.json")


@contextlib.contextmanager
def repository():
    """The packages of the usual version, as the lab serves them."""
    argv = inside("python3", "-m", "http.server", "8099", "--bind", GATEWAY, "--directory", os.path.join(CACHE, "images", "apt"))
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.terminate()
        server.wait()


class Upgrade(unittest.TestCase):
    """One cluster's story, told in order."""

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def stage(self, stage, node="", operation=OPERATION, wanted=NEW, expect=0):
        took, output = self.lab.play(playbook="upgrade.yml", operation=operation, workers={"demo-w-1": W1}, ever_ready=True, mirrors=MIRROR,
                                     kubernetes_version=wanted, upgrade_stage=stage, upgrade_node=node, expect=expect)
        print("    %s %s: %.1f s" % (stage, node, took), flush=True)
        return output

    def kubelets(self):
        return self.lab.say(CP, KUBECTL + "get nodes -o jsonpath='{.items[*].status.nodeInfo.kubeletVersion}'").split()

    def until(self, check, patience=120):
        deadline = time.monotonic() + patience
        while True:
            try:
                if check():
                    return
            except AssertionError:
                pass  # the API is away for moments
            self.assertLess(time.monotonic(), deadline, "it never came to that")
            time.sleep(1)

    def test_upgrade(self):
        lab = self.lab
        lab.boot(("demo-cp-1", CP, "older"), ("demo-w-1", W1, "older"))
        with repository():
            lab.play(workers={"demo-w-1": W1}, kubernetes_version=OLD, mirrors=MIRROR)
            self.assertEqual(self.kubelets(), ["v" + OLD, "v" + OLD])
            lab.say(CP, KUBECTL + "create deployment hello --image=lab.local/hello:1")
            self.assertIn("refused: the repository of this node has no package", self.stage("check", wanted=NEW + "9", expect=2))
            self.assertIn("refused: these playbooks do not know Kubernetes 1.99.0", self.stage("check", wanted="1.99.0", expect=2))
            self.stage("check")
            self.stage("control-plane")
            server = json.loads(lab.say(CP, KUBECTL + "version -o json"))["serverVersion"]["gitVersion"]
            self.assertEqual((server, self.kubelets()), ("v" + NEW, ["v" + OLD, "v" + OLD]))
            for name, address in (("demo-cp-1", CP), ("demo-w-1", W1)):
                lab.say(CP, KUBECTL + "drain %s --ignore-daemonsets --delete-emptydir-data --force --timeout 100s" % name)
                self.stage("node", name)
                self.until(lambda: "v" + NEW in self.kubelets())
                lab.say(CP, KUBECTL + "wait --for=condition=Ready node/%s --timeout=100s" % name)
                lab.say(CP, KUBECTL + "uncordon " + name)
                self.assertEqual(lab.say(address, "apt-mark showhold"), "kubeadm\nkubectl\nkubelet")
            self.until(lambda: self.kubelets() == ["v" + NEW, "v" + NEW])
            self.until(lambda: lab.say(CP, KUBECTL + "get deployment hello -o jsonpath={.status.availableReplicas}") == "1")
            # What is done is left alone, whoever asks.
            for stage, node in (("check", ""), ("control-plane", ""), ("node", "demo-cp-1"), ("node", "demo-w-1")):
                self.stage(stage, node, operation=AGAIN)
                self.assertEqual(lab.changed(), [])
            self.assertIn("there is no way back", self.stage("check", wanted=OLD, expect=2))
            # The rest comes to the new version by what made the nodes, and then stays.
            lab.play(workers={"demo-w-1": W1}, operation=AGAIN, ever_ready=True, mirrors=MIRROR)
            lab.play(workers={"demo-w-1": W1}, operation=AGAIN, ever_ready=True, mirrors=MIRROR)
            self.assertEqual(lab.changed(), [])


if __name__ == "__main__":
    unittest.main()
