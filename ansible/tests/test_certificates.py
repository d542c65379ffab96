"""Ends of certificates, as the module reads them from files."""

import base64
import os
import subprocess
import unittest

from support import Workspace, load, program

CONF = """
users:
- name: admin
  user:
    client-certificate-data: %s
    client-key-data: bm8=
"""


@unittest.skipUnless(program("openssl"), "needs openssl to make certificates")
class Ends(unittest.TestCase):
    def setUp(self):
        self.module = load("library/kubesmith_certificates.py")
        self.work = Workspace()
        self.work.__enter__()
        self.addCleanup(self.work.__exit__)
        self.path = self.work.path

    def certificate(self, name, days):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null", "-out", path, "-subj", "/CN=x",
                        "-days", str(days)], check=True, capture_output=True)
        return path

    def test_names_as_kubeadm_does_without_authorities(self):
        for name in ("ca.crt", "apiserver.crt", "front-proxy-ca.crt", "etcd/ca.crt", "etcd/server.crt"):
            self.certificate("pki/" + name, 10)
        late = self.certificate("late.crt", 300)
        with open(late, "rb") as source:
            self.work.file("admin.conf", CONF % base64.b64encode(source.read()).decode())
        self.work.file("scheduler.conf", "users: [{user: {client-certificate: /elsewhere}}]")
        found = self.module.ends(self.path + "/pki", self.path)
        self.assertEqual(sorted(found), ["admin.conf", "apiserver", "etcd-server"])
        self.assertAlmostEqual(found["admin.conf"] - found["apiserver"], 290 * 86400, delta=60)

    def test_a_renewal_is_over_when_its_step_ended_well(self):
        self.module.STEPS_DIR = self.path
        for record, over in (('{"rc": 0}', True), ('{"rc": 1}', False), ('{"attempt": 1}', False)):
            self.work.file("kubesmith-renew-a.json", record)
            self.assertEqual(self.module.is_over("kubesmith-renew-a"), over)
        self.assertFalse(self.module.is_over("kubesmith-renew-b"))

    def test_what_is_no_certificate_is_an_error(self):
        path = self.work.file("x.crt", "nothing")
        self.assertRaises(OSError, self.module.end_of, path)


if __name__ == "__main__":
    unittest.main()
