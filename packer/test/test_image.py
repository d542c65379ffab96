"""image.yml on a plain host of the lab, as Packer runs it: twice, then the seal, then a first start out of the sealed state.
Needs root and the lab's images. What a container cannot show (boot loader, the agent's channel, cloud-init's data drive) is in
packer/README.md."""

import contextlib
import os
import time
import unittest

import places
from image_host import ADDRESS, ImageHost
from packages import index, repository

SEAL = os.path.join(places.ANSIBLE, "roles", "seal", "files", "seal")


class OnPlainHost(unittest.TestCase):
    rootfs = "plain"

    def packages(self):
        """Packages of the distribution; another root file system than the lab's brings its own (README.md)."""
        if "KUBESMITH_TEST_PACKAGES" in os.environ:
            folder = os.environ["KUBESMITH_TEST_PACKAGES"]
            if not os.path.exists(os.path.join(folder, "Packages.gz")):
                index(folder)
            return folder
        return repository(os.path.realpath(os.path.join(places.CACHE, "images", "rootfs", "plain")), places.CACHE)

    @contextlib.contextmanager
    def chapter(self, title):
        began = time.monotonic()
        yield
        print("  - %s (%.0f s)" % (title, time.monotonic() - began), flush=True)

    def sources(self, host):
        """Lets apt ask the lab's own server: there is no way out to a mirror."""
        host.look("echo 'deb [trusted=yes] http://10.40.19.254:8099/distribution/ ./' > /etc/apt/sources.list.d/test.list")

    def test_image(self):
        host = ImageHost(self.packages(), self.rootfs)
        self.addCleanup(host.close)
        with self.chapter("booted"):
            host.boot()
        self.sources(host)
        # what a careless base may have
        host.look("chpasswd", stdin="root:canary-password\nkubesmith:canary-password\n")
        host.look("mkdir -p /root/.ssh && cp /home/kubesmith/.ssh/authorized_keys /root/.ssh/ && echo echo canary > /root/.bash_history")
        key, build_key = host.host_key(), host.look("cut -d' ' -f2 /home/kubesmith/.ssh/authorized_keys")
        self.assertGreater(len(build_key), 60)
        self.assertEqual(len(host.files_with(build_key)), 2)

        with self.chapter("prepared"):
            code, output, changed = host.play("--skip-tags", "seal")
            self.assertEqual(code, 0, output[-4000:])
            self.assertIn("common : Install Kubernetes in the ordered version", changed)
            self.assertIn("guest : Install cloud-init, the guest agent and the SSH server", changed)
            self.assertEqual(host.look("apt-mark showhold"), "kubeadm\nkubectl\nkubelet")
            self.assertRegex(host.look("kubeadm version -o short"), r"^v1\.36\.3$")
            self.assertIn(host.look("systemctl is-enabled cloud-init.service"), ["enabled"])
            self.assertIn(host.look("systemctl is-enabled qemu-guest-agent.service", check=False), ["enabled", "static", "indirect"])
            self.assertEqual(host.look("systemctl is-enabled containerd kubelet"), "enabled\nenabled")
            self.assertIn("passwordauthentication no", host.look("sshd -T"))

        with self.chapter("a second run changes nothing"):
            code, output, changed = host.play("--skip-tags", "seal")
            self.assertEqual((code, changed), (0, []), output[-4000:])

        with self.chapter("sealed"):
            code, output, changed = host.play("--tags", "seal")
            self.assertEqual((code, changed), (0, ["seal : Seal"]), output[-4000:])
            self.sealed(host)

        with self.chapter("nothing of the build is anywhere on the disk"):
            for canary in (build_key, "canary-password"):
                self.assertEqual(host.files_with(canary), [], canary)

        with self.chapter("sealing again changes nothing"):
            with open(SEAL, encoding="utf-8") as source:
                script = source.read()
            self.assertEqual(host.look("sh -s -- kubesmith", stdin=script), "sealed")

        with self.chapter("nobody can log in"):
            self.assertNotEqual(host.lab.ssh(ADDRESS, "true").returncode, 0)

        with self.chapter("the next start is a first one"):
            host.power_off()
            host.boot()
            self.assertNotEqual(host.host_key(), key)
            self.assertRegex(host.look("cat /etc/machine-id"), r"^[0-9a-f]{32}$")
            self.assertEqual(host.lab.say(ADDRESS, "sudo id -u"), "0")

    def sealed(self, host):
        hashes = [line.split(":")[:2] for line in host.look("cat /etc/shadow").splitlines()]
        self.assertEqual([name for name, password in hashes if password.strip("!*") or not password], [])
        self.assertEqual(host.look("ls /etc/shadow- /etc/passwd- 2>/dev/null", check=False), "")
        self.assertEqual(host.look("ls /etc/ssh/ | grep ssh_host", check=False), "")
        self.assertEqual(host.look("stat -c %s /etc/machine-id"), "0")
        self.assertEqual(host.look("ls -A /home"), "")
        self.assertEqual(host.look("getent passwd kubesmith", check=False), "")
        self.assertEqual(host.look("ls /var/lib/cloud/instance /var/lib/cloud/instances /etc/sudoers.d/90-cloud-init-users 2>/dev/null", check=False), "")


if __name__ == "__main__":
    unittest.main()
