"""What the Kubesmith modules share on a node: its folders, safe writes and bounded processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile

STATE_DIR = "/var/lib/kubesmith"
STEPS_DIR = STATE_DIR + "/steps"
STAGE_FILE = STATE_DIR + "/stage.json"
LOG_DIR = "/var/log/kubesmith"
LIB_DIR = "/usr/local/lib/kubesmith"
SECRETS_DIR = "/run/kubesmith"
LOCK_FILE = "/run/kubesmith.lock"
ADMIN_CONF = "/etc/kubernetes/admin.conf"
KUBELET_CONF = "/etc/kubernetes/kubelet.conf"

#: Units that hold a long step, e.g. kubesmith-init-<operation id>.
STEP_UNIT = re.compile(r"^kubesmith-(init|join|reset|renew|backup|restore|upgrade)-[a-z0-9][a-z0-9-]{0,63}\Z")


class NodeError(Exception):
    """Something on the node is not as it must be; the text is short and meant for people."""


def write_atomically(path, data, mode=0o644):
    """Replaces a file so that a crash leaves either the old or the new one, never a part (tmp, fsync, rename)."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".kubesmith-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_json(path):
    """The object in a JSON file, or None when the file is missing or unreadable as an object (a stamp we cannot read is no stamp)."""
    try:
        with open(path, encoding="utf-8") as source:
            value = json.loads(source.read(65536))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def run(argv, stdin=None, timeout=60):
    """Runs a program without a shell. Returns (code, stdout, stderr) as text; a missing program is code 127, a time-out 124."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, errors="replace", timeout=timeout, check=False)
    except FileNotFoundError:
        return 127, "", "%s: not found" % argv[0]
    except subprocess.TimeoutExpired:
        return 124, "", "%s: no answer within %s s" % (argv[0], timeout)
    return done.returncode, done.stdout, done.stderr


def last_line(text, limit=300):
    """The last line that says something, cut to `limit` printable characters."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(c if c.isprintable() else " " for c in lines[-1])[:limit] if lines else ""
