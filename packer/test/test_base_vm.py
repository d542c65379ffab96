"""base-vm.sh with a stand-in for `qm` that only writes down how it was called; a real one was never at hand."""

import hashlib
import os
import subprocess
import tempfile
import unittest

from places import PACKER

QM = '#!/bin/sh\nprintf "%s\\n" "$*" >> "$QM_CALLS"\nfor word; do case $word in *import-from=*) cp "${word##*import-from=}" "$QM_CALLS.image";; esac; done\n'


class BaseVm(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.image = self.file("image.img", "a cloud image")
        os.chmod(self.file("qm", QM), 0o755)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(content)
        return path

    def run_script(self, **settings):
        values = {"IMAGE": self.image, "SHA256": hashlib.sha256(b"a cloud image").hexdigest(), "VMID": "8024", "STORAGE": "local-lvm",
                  "BRIDGE": "vmbr0", "POOL": "kubesmith-images", **settings}
        env = {"PATH": self.folder + ":" + os.environ["PATH"], "QM_CALLS": os.path.join(self.folder, "calls"), **{k: v for k, v in values.items() if v is not None}}
        done = subprocess.run([os.path.join(PACKER, "base-vm.sh")], env=env, capture_output=True, text=True, timeout=60, check=False)
        try:
            with open(env["QM_CALLS"], encoding="utf-8") as source:
                return done, source.read().splitlines()
        except FileNotFoundError:
            return done, []

    def test_makes_a_template_with_what_nodes_have(self):
        done, calls = self.run_script()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([call.split()[0] for call in calls], ["create", "disk", "template"])
        for words in ("8024 --name base-8024 --pool kubesmith-images", "--scsihw virtio-scsi-single --scsi0 local-lvm:0,import-from=", "--ide2 local-lvm:cloudinit",
                      "--ciupgrade 0", "--serial0 socket --vga serial0", "--agent enabled=1", "--cpu x86-64-v2-AES"):
            self.assertIn(words, calls[0])
        self.assertEqual(calls[1:], ["disk resize 8024 scsi0 12G", "template 8024"])
        with open(os.path.join(self.folder, "calls.image"), encoding="utf-8") as source:
            self.assertEqual(source.read(), "a cloud image")

    def test_another_image_than_the_checksum_names_is_refused(self):
        self.file("image.img", "a cloud image with a surprise")
        done, calls = self.run_script()
        self.assertEqual((done.returncode, calls), (1, []))
        self.assertIn("is not the image that SHA256 names", done.stderr)

    def test_what_is_no_checksum_is_refused(self):
        for checksum in ("", "abc", "none", "file:SHA256SUMS", "../../etc/passwd"):
            done, calls = self.run_script(SHA256=checksum)
            self.assertNotEqual(done.returncode, 0, checksum)
            self.assertEqual(calls, [], checksum)

    def test_each_setting_is_asked_for(self):
        for name in ("IMAGE", "SHA256", "VMID", "STORAGE", "BRIDGE", "POOL"):
            done, calls = self.run_script(**{name: None})
            self.assertNotEqual(done.returncode, 0, name)
            self.assertIn(name, done.stderr)
            self.assertEqual(calls, [], name)


if __name__ == "__main__":
    unittest.main()
