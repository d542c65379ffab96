"""What the upgrade's module reads from a node, and which ways between versions it lets through."""

import os
import subprocess
import unittest

from support import Workspace, load, program

MANIFEST = """
spec:
  containers:
  - command: [%s]
    image: registry.k8s.io/%s:v%s
"""


class Upgrade(unittest.TestCase):
    def setUp(self):
        self.module = load("library/kubesmith_upgrade.py")
        self.work = Workspace()
        self.work.__enter__()
        self.addCleanup(self.work.__exit__)

    def test_one_minor_version_at_a_time_and_never_back(self):
        for have, wanted in (("1.35.4", "1.36.3"), ("1.36.3", "1.36.4"), ("1.36.9", "1.36.10"), ("1.36.3", "1.36.3")):
            self.assertEqual(self.module.distance(have, wanted), "")
        self.assertIn("no way back", self.module.distance("1.36.10", "1.36.9"))
        self.assertIn("one minor version after the other", self.module.distance("1.35.4", "1.37.0"))
        self.assertIn("one minor version after the other", self.module.distance("1.36.3", "2.0.0"))

    def test_the_control_plane_is_what_its_manifests_say(self):
        self.assertEqual(self.module.control_plane(self.work.path), {})
        for name, version in (("kube-apiserver", "1.36.3"), ("kube-scheduler", "1.35.4")):
            self.work.file(name + ".yaml", MANIFEST % (name, name, version))
        self.assertEqual(self.module.control_plane(self.work.path), {"kube-apiserver": "1.36.3", "kube-scheduler": "1.35.4"})

    def test_says_which_disk_has_no_room(self):
        self.module.FOLDERS = (self.work.path, self.work.path + "/not-there")
        self.assertEqual(self.module.disks(1), "")
        self.assertIn(self.work.path, self.module.disks(1 << 40))

    @unittest.skipUnless(program("openssl"), "needs openssl to make certificates")
    def test_says_which_certificate_ends(self):
        path = os.path.join(self.work.path, "kubelet.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null", "-out", path, "-subj", "/CN=x",
                        "-days", "10"], check=True, capture_output=True)
        self.module.KUBELET_CERTIFICATE = path
        self.assertEqual(self.module.certificates("worker", 9), "")
        self.assertIn("renew the certificates first", self.module.certificates("worker", 11))


if __name__ == "__main__":
    unittest.main()
