"""A lab host that is made an image of: boots it, runs image.yml on it as Packer does, and looks inside when nobody can log in."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

from places import ANSIBLE, CACHE, PACKER

import lab_playbook

ADDRESS, VMID = "10.40.19.211", "211"


def ssh_args():
    """ANSIBLE_SSH_ARGS as the template gives them."""
    with open(os.path.join(PACKER, "ubuntu.pkr.hcl"), encoding="utf-8") as source:
        return re.search(r'"ANSIBLE_SSH_ARGS=(.*)"', source.read()).group(1)


class ImageHost:
    """One host of the lab, its packages from a server in the lab's own network."""

    def __init__(self, repository, rootfs="plain"):
        self.lab, self.rootfs, self.server = lab_playbook.Lab(), rootfs, None
        self.folder = tempfile.mkdtemp(prefix="mirror-", dir=self.lab.folder)
        os.symlink(os.path.join(CACHE, "images", "apt"), os.path.join(self.folder, "kubernetes"))
        os.symlink(repository, os.path.join(self.folder, "distribution"))

    def close(self):
        if self.server:
            self.server.kill()
            self.server.wait()
        self.lab.close()

    def boot(self):
        """Starts the host, with cloud-init data of its own as a hypervisor gives them; waits until a login works."""
        self.lab.boot(("image", ADDRESS, self.rootfs))
        if not self.server:
            serve = [sys.executable, "-m", "http.server", "8099", "--bind", lab_playbook.GATEWAY, "--directory", self.folder]
            self.server = subprocess.Popen(lab_playbook.inside(*serve), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def host_key(self):
        return self.lab.host_keys[ADDRESS]

    def play(self, *arguments):
        """Runs image.yml with Packer's extra variables: (exit code, output, changed tasks)."""
        mirror = "http://%s:8099/" % lab_playbook.GATEWAY
        values = {"image_kubernetes_version": "1.36.3", "image_pull_containers": False, "seal_build_user": "kubesmith",
                  "image_apt_kubernetes": {"url": mirror + "kubernetes/", "key_url": mirror + "kubernetes/Release.key"}}
        inventory = self.lab.path("image.ini")
        with open(inventory, "w", encoding="utf-8") as out:
            out.write("[image]\nmachine ansible_host=%s ansible_user=kubesmith ansible_port=22\n" % ADDRESS)
        events = self.lab.path("events-%d" % time.monotonic_ns())
        env = dict(os.environ, ANSIBLE_CONFIG=os.path.join(ANSIBLE, "ansible.cfg"), SSH_AUTH_SOCK=self.lab.path("agent"), ANSIBLE_NOCOLOR="1",
                   ANSIBLE_SSH_ARGS=ssh_args(), KUBESMITH_ANSIBLE_EVENTS=events,
                   ANSIBLE_LOCAL_TEMP=self.lab.path("tmp"), ANSIBLE_SSH_COMMON_ARGS="-o UserKnownHostsFile=%s -o StrictHostKeyChecking=yes" % self.lab.path("known_hosts"))
        argv = lab_playbook.inside(lab_playbook.program(), "-i", inventory, "--extra-vars", json.dumps(values), *arguments, os.path.join(ANSIBLE, "image.yml"))
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=600, check=False, stdin=subprocess.DEVNULL)
        with open(events, encoding="utf-8") as source:
            seen = [json.loads(line) for line in source]
        return done.returncode, done.stdout + done.stderr, [e["task"] for e in seen if e["event"] == "host" and e["status"] == "changed"]

    def look(self, command, stdin="", check=True):
        """Runs a shell command as root inside, past all logins; its output."""
        leader = self.lab.nodes("leader", lab_playbook.INSTANCE, VMID).strip()
        done = subprocess.run(["nsenter", "--target", leader, "--all", "--", "/bin/sh", "-c", command], input=stdin, capture_output=True, text=True, timeout=120, check=False)
        if check and done.returncode != 0:
            raise AssertionError("%s: %s%s" % (command, done.stdout, done.stderr))
        return done.stdout.strip()

    def files_with(self, text):
        """Files that hold the text, among all that the host has written since it was made; not the hypervisor's data for it."""
        folder = os.path.join(CACHE, "lab", lab_playbook.INSTANCE, "vms", VMID)
        found = []
        for disk in sorted(os.listdir(folder)):
            if os.path.isdir(os.path.join(folder, disk)) and disk not in ("seed", "root"):
                done = subprocess.run(["grep", "-rlF", "--binary-files=text", "-e", text, os.path.join(folder, disk)], capture_output=True, text=True, timeout=120, check=False)
                if done.returncode not in (0, 1):
                    raise AssertionError(done.stderr)
                found += done.stdout.splitlines()
        return found

    def power_off(self, patience=30):
        self.look("systemctl poweroff --no-block", check=False)
        deadline = time.monotonic() + patience
        while self.lab.nodes("leader", lab_playbook.INSTANCE, VMID).strip():
            if time.monotonic() > deadline:
                raise AssertionError("the host does not go off")
            time.sleep(0.2)
