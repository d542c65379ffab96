#!/usr/bin/python
"""Ansible module kubesmith_files: several small files in one round trip. See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubesmith_files
short_description: Makes several files equal to the given contents, in one round trip
description:
  - Each file belongs to root, is replaced atomically and only when content or mode differ.
  - Files are removed with O(files[].state=absent). Writing takes the node's lock, so that no file changes under a long step of another run.
options:
  files:
    description: The files.
    type: list
    elements: dict
    required: true
    suboptions:
      path: {description: Absolute path (missing folders are made)., type: path, required: true}
      content: {description: "The whole content. Needed unless O(files[].state=absent).", type: str}
      mode: {description: Octal mode., type: str, default: "0644"}
      state: {description: Whether it must be there., type: str, choices: [present, absent], default: present}
      validate: {description: Command that accepts the new file (C(%s) is its path)., type: list, elements: str}
      apply:
        description:
          - Commands that take a changed file into use, run after all files are written, each once however many files name it.
          - When one fails, the file is removed again, so that the next run does not take it for applied (a handler would be lost).
        type: list
        elements: list
author: [Kubesmith]
"""

EXAMPLES = r"""
- name: Write the files
  kubesmith_files:
    files:
      - {path: /etc/modules-load.d/kubesmith.conf, content: "overlay\n"}
"""

RETURN = r"""
changed_paths: {description: "Paths that were written or removed.", returned: always, type: list}
"""

import fcntl
import os
import stat
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.kubesmith_node import LOCK_FILE, NodeError, last_line, run, write_atomically


def differs(entry):
    """Whether the file on disk is not what the entry wants."""
    try:
        status = os.lstat(entry["path"])
    except FileNotFoundError:
        return entry["state"] == "present"
    if entry["state"] == "absent" or not stat.S_ISREG(status.st_mode):
        return True
    if stat.S_IMODE(status.st_mode) != int(entry["mode"], 8) or (status.st_uid, status.st_gid) != (0, 0):
        return True
    with open(entry["path"], "rb") as source:
        return source.read() != entry["content"].encode()


def validate(entry):
    """Lets the entry's own command judge the content before it takes effect."""
    if entry["state"] == "absent" or not entry["validate"]:
        return
    with tempfile.NamedTemporaryFile(prefix="kubesmith-") as draft:
        draft.write(entry["content"].encode())
        draft.flush()
        code, out, err = run([draft.name if part == "%s" else part for part in entry["validate"]])
    if code != 0:
        raise NodeError("%s was refused by %s: %s" % (entry["path"], entry["validate"][0], last_line(err or out)))


def take_lock(patience=60):
    """The node's lock for as long as this process lives."""
    lock = open(LOCK_FILE, "w", encoding="utf-8")
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError as held:
            if time.monotonic() >= deadline:
                raise NodeError("another run is changing this node (%s is held)" % LOCK_FILE) from held
            time.sleep(0.5)


def put(entry):
    if entry["state"] == "absent":
        os.unlink(entry["path"])
    else:
        write_atomically(entry["path"], entry["content"].encode(), int(entry["mode"], 8))


def apply(changed):
    """Runs the commands of the changed files."""
    done = []
    for entry in changed:
        for command in entry["apply"] or []:
            if command in done:
                continue
            code, out, err = run(command)
            if code != 0:
                if entry["state"] == "present":
                    os.unlink(entry["path"])
                raise NodeError("%s was not taken into use: %s: %s" % (entry["path"], " ".join(command), last_line(err or out)))
            done.append(command)


def main():
    module = AnsibleModule(
        argument_spec={
            "files": {
                "type": "list", "elements": "dict", "required": True,
                "options": {
                    "path": {"type": "path", "required": True},
                    "content": {"type": "str"},
                    "mode": {"type": "str", "default": "0644"},
                    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                    "validate": {"type": "list", "elements": "str"},
                    "apply": {"type": "list", "elements": "list"},
                },
                "required_if": [["state", "present", ["content"]]],
            },
        },
        supports_check_mode=True,
    )
    os.umask(0o022)
    changed = [entry for entry in module.params["files"] if differs(entry)]
    try:
        if changed and not module.check_mode:
            lock = take_lock()
            for entry in changed:
                validate(entry)
            for entry in changed:
                put(entry)
            apply(changed)
            lock.close()
    except (NodeError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(changed), changed_paths=[entry["path"] for entry in changed])


if __name__ == "__main__":
    main()
