"""A flat apt repository of the Debian packages that an image needs and the lab's plain root file system lacks.

The lab has no way out, as on purpose; what Debian's mirror would give is fetched beforehand with this machine's own apt.
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile

WANTED = ["cloud-init", "qemu-guest-agent"]


def download(rootfs, folder):
    """Downloads WANTED and what they need on top of the root file system's packages; Debian 12 on both sides."""
    options = ["-o", "Dir::State::status=" + os.path.join(rootfs, "var/lib/dpkg/status"), "-o", "Dir::Cache::archives=" + folder,
               "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root", "--yes", "--no-install-recommends", "--download-only"]
    os.makedirs(os.path.join(folder, "partial"), exist_ok=True)
    command = ["apt-get", *options, "install", *WANTED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:  # lists of packages that were never read, or are too old
        subprocess.run(["apt-get", "update", "--quiet"], check=True, capture_output=True, timeout=300)
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
    shutil.rmtree(os.path.join(folder, "partial"))


def index(folder):
    """Writes Packages, which apt reads from a flat repository."""
    stanzas = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".deb"):
            continue
        path = os.path.join(folder, name)
        control = subprocess.run(["dpkg-deb", "--field", path], check=True, capture_output=True, text=True).stdout.strip()
        with open(path, "rb") as source:
            content = source.read()
        # apt decodes %3a in file names of URLs: serve the packages under plain names
        plain = name.replace("%3a", "_")
        os.rename(path, os.path.join(folder, plain))
        stanzas.append("%s\nFilename: ./%s\nSize: %d\nSHA256: %s\n" % (control, plain, len(content), hashlib.sha256(content).hexdigest()))
    with gzip.open(os.path.join(folder, "Packages.gz"), "wt", encoding="utf-8") as out:
        out.write("\n".join(stanzas))


def repository(rootfs, cache):
    """Folder of the repository for this root file system, made when it is not there yet."""
    with open(os.path.join(rootfs, "var/lib/dpkg/status"), "rb") as source:
        folder = os.path.join(cache, "packer", "apt-" + hashlib.sha256(source.read() + repr(WANTED).encode()).hexdigest()[:12])
    if not os.path.isdir(folder):
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        draft = tempfile.mkdtemp(dir=os.path.dirname(folder))
        os.chmod(draft, 0o755)
        try:
            download(rootfs, draft)
            index(draft)
            os.rename(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder
