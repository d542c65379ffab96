"""The HCL template, evaluated by HashiCorp's own HCL library (hcl/); with Packer on PATH also by `packer validate`."""

import os
import re
import shutil
import subprocess
import unittest

from places import HERE, PACKER

ENVIRONMENT = {"PROXMOX_URL": "https://pve.invalid:8006/api2/json", "PROXMOX_USERNAME": "images@pve!test", "PROXMOX_TOKEN": "not-a-token"}


class Template(unittest.TestCase):
    def test_evaluates_and_mistakes_are_refused(self):
        env = dict(os.environ, GOFLAGS="-mod=readonly", GOTOOLCHAIN="local")
        done = subprocess.run(["go", "test", "-count=1", "-v", "./..."], cwd=os.path.join(HERE, "hcl"), env=env, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])
        self.assertEqual(len(re.findall(r"(?m)^--- PASS", done.stdout)), 5)

    @unittest.skipUnless(shutil.which("packer"), "Packer is not installed")
    def test_packer_validate(self):
        for release in ("22.04", "24.04"):
            for command in (["init", "."], ["fmt", "-check", "."],
                            ["validate", "-var-file=example.pkrvars.hcl", "-var-file=ubuntu-%s.pkrvars.hcl" % release, "."]):
                done = subprocess.run(["packer", *command], cwd=PACKER, env=dict(os.environ, **ENVIRONMENT), capture_output=True, text=True, timeout=300, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
