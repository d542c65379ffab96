"""Upkeep of a cluster on real nodes of the lab: repair and new certificates, by the playbooks that the portal runs.
As lab_playbook.py; run by `run.sh --lab`."""

import base64
import hashlib
import json
import unittest

from lab_playbook import CP, KUBECTL, W1, Lab

SECOND, THIRD = "22222222-0000-4000-8000-000000000002", "33333333-0000-4000-8000-000000000003"


class Upkeep(unittest.TestCase):
    """One cluster's story, told in order."""

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def play(self, playbook, operation, **options):
        return self.lab.play(playbook=playbook, operation=operation, workers={"demo-w-1": W1}, ever_ready=True, **options)

    def reports(self, task):
        return {event["host"]: event["report"] for event in self.lab.events() if "report" in event and event["task"].endswith(task)}

    def test_upkeep(self):
        lab = self.lab
        lab.boot(("demo-cp-1", CP, "golden"), ("demo-w-1", W1, "golden"))
        lab.play(workers={"demo-w-1": W1})
        self.backup()
        self.repair()
        self.renew()

    def backup(self):
        lab, store = self.lab, "sudo /usr/local/lib/kubesmith/etcd-store %s " + SECOND
        lab.say(CP, KUBECTL + "create namespace precious")
        took, _output = self.play("backup.yml", SECOND)
        told = self.reports("Copy etcd and check the copy")["demo-cp-1"]
        print("    backup in %.1f s: %s" % (took, told))
        # As the portal fetches it and brings it back.
        kept = lab.say(CP, store % "read" + " 0")
        packed = base64.b64decode(kept)
        self.assertEqual((len(packed), hashlib.sha256(packed).hexdigest()), (told["bytes"], told["sha256"]))
        lab.say(CP, store % "remove")
        lab.say(CP, KUBECTL + "delete namespace precious")
        lab.say(CP, KUBECTL + "create namespace late")
        write = "sudo /usr/local/lib/kubesmith/etcd-store write %s " % THIRD
        self.assertEqual(lab.ssh(CP, write + "0", stdin=base64.b64encode(packed[:1000]).decode()).returncode, 0)
        self.assertEqual(lab.ssh(CP, write + "1000", stdin=base64.b64encode(packed[1000:]).decode()).returncode, 0)

        _took, output = self.play("restore.yml", THIRD, expect=2, restore_sha256="0" * 64)
        self.assertIn("is not the one that was kept", output)
        lab.say(CP, KUBECTL + "get namespace late")
        took, _output = self.play("restore.yml", THIRD, restore_sha256=told["sha256"])
        print("    restored in %.1f s" % took)
        lab.until(CP, KUBECTL + "get namespace precious")
        self.assertNotEqual(lab.ssh(CP, KUBECTL + "get namespace late").returncode, 0)
        lab.until(CP, KUBECTL + "wait --for=condition=Ready node --all --timeout=5s", patience=120)
        self.assertEqual(lab.say(CP, "sudo ls /var/lib/kubesmith/backups"), "")

    def repair(self):
        lab = self.lab
        nodes = lab.say(CP, KUBECTL + "get nodes -o jsonpath={.items[*].metadata.uid}")
        for address in (CP, W1):
            lab.say(address, "echo nonsense | sudo tee /var/lib/kubelet/config.yaml && sudo systemctl restart kubelet; sudo rm /usr/local/lib/kubesmith/reset-node")
        self.play("repair.yml", SECOND)
        mended = [host for task, host in lab.changed() if task.endswith("Give the kubelet its configuration again")]
        self.assertEqual(sorted(mended), ["demo-cp-1", "demo-w-1"])
        self.assertEqual(lab.say(W1, "sudo cat /var/lib/kubesmith/kubelet-config-before.yaml"), "nonsense")
        # Neither was taken out of the cluster for that.
        self.assertEqual(lab.say(CP, KUBECTL + "get nodes -o jsonpath={.items[*].metadata.uid}"), nodes)
        lab.say(W1, "test -x /usr/local/lib/kubesmith/reset-node")
        self.play("repair.yml", THIRD)
        self.assertEqual(lab.changed(), [])

    def renew(self):
        lab = self.lab
        serial = "sudo openssl x509 -noout -serial -in /etc/kubernetes/pki/apiserver.crt || sudo sha256sum /etc/kubernetes/pki/apiserver.crt"
        before, authority = lab.say(CP, serial), lab.say(CP, "sudo sha256sum /etc/kubernetes/pki/ca.crt")
        first, _output = self.play("renew.yml", SECOND)
        print("    renewed in %.1f s" % first)
        then, now = self.reports("Look at the certificates as they are"), self.reports("Look at the certificates as they are now")
        self.assertGreater(now["demo-cp-1"]["certificates end"], then["demo-cp-1"]["certificates end"])
        self.assertIn("kubelet certificate ends", then["demo-w-1"])
        self.assertNotEqual(lab.say(CP, serial), before)
        self.assertEqual(lab.say(CP, "sudo sha256sum /etc/kubernetes/pki/ca.crt"), authority)
        self.assertEqual(lab.record(CP, "renew", SECOND)["rc"], 0)
        # The API that answers has the new one.
        served = "echo | openssl s_client -connect %s:6443 2>/dev/null | openssl x509 -noout -serial" % CP
        if lab.ssh(CP, "command -v openssl").returncode == 0:
            self.assertEqual(lab.say(CP, served), lab.say(CP, serial))
        # Who was interrupted at the end of it does not renew again.
        end, restarts = lab.say(CP, serial), lab.say(CP, KUBECTL + "get pods -A -o jsonpath={.items[*].status.containerStatuses[*].restartCount}")
        self.play("renew.yml", SECOND)
        self.assertEqual(lab.changed(), [])
        self.assertEqual(lab.say(CP, serial), end)
        self.assertEqual(lab.say(CP, KUBECTL + "get pods -A -o jsonpath={.items[*].status.containerStatuses[*].restartCount}"), restarts)
        ready = json.loads(lab.say(CP, KUBECTL + "get nodes -o json"))["items"]
        self.assertEqual([c["status"] for n in ready for c in n["status"]["conditions"] if c["type"] == "Ready"], ["True", "True"])


if __name__ == "__main__":
    unittest.main()
