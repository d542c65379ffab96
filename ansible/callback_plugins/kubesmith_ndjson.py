"""Ansible callback: progress as one JSON object per line, for the portal. Results' bodies never get into it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: kubesmith_ndjson
type: aggregate
short_description: Appends play, task, host and stats events to the file named by KUBESMITH_ANSIBLE_EVENTS
description:
  - "Fields: v, time, event (play, task, host, stats), play, task, index, total, host, status, ms, message."
  - A failure carries at most 300 characters of the module's own message; a task with C(no_log) carries none.
  - "A module of ours may say some facts for people: its result's C(report), names and short texts or numbers."
  - Also limits the memory of Ansible's processes, because Ansible reads all that a node answers, however much it is.
options: {}
"""

import json
import os
import resource
import time
from datetime import datetime, timezone

from ansible.plugins.callback import CallbackBase

MESSAGE_LIMIT = 300
#: Of a report: facts, and characters of a name or a text.
REPORT_FACTS, REPORT_LIMIT = 32, 128
#: Address space of each process. Ansible itself needs about 150 MiB of it; the largest true answer is a few hundred KiB.
MEMORY_LIMIT = 1024 * 1024 * 1024


def limit_memory():
    """For this process and those that it starts later, Ansible's workers and ssh."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


#: ssh says this last, after a banner of several lines; the portal must not take it for a node that is merely down.
HOST_KEY_FAILED = "Host key verification failed"


def unreachable(text):
    """Why a host could not be reached."""
    return HOST_KEY_FAILED if HOST_KEY_FAILED in str(text) else short(text)


def short(text):
    """First line of a message, printable and cut."""
    line = next((part.strip() for part in str(text).splitlines() if part.strip()), "")
    return "".join(c if c.isprintable() else " " for c in line)[:MESSAGE_LIMIT]


def report(task, body):
    """The facts that a module of ours tells people; nothing of any other module, and nothing that is not a short text or a number."""
    facts = body.get("report")
    if not task.action.startswith("kubesmith_") or task.no_log or body.get("_ansible_no_log") or not isinstance(facts, dict):
        return None
    plain = {short(name)[:REPORT_LIMIT]: short(fact)[:REPORT_LIMIT] if isinstance(fact, str) else fact
             for name, fact in facts.items() if isinstance(fact, (str, int)) and not isinstance(fact, bool)}
    return dict(list(plain.items())[:REPORT_FACTS]) or None


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kubesmith_ndjson"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        path = os.environ.get("KUBESMITH_ANSIBLE_EVENTS")
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if path else None
        self.disabled = self._file is None
        if not self.disabled:
            limit_memory()
        self._positions, self._play_number, self._play, self._task, self._index, self._begun = {}, -1, "", "", 0, {}

    def _write(self, event, **fields):
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {"v": 1, "time": now, "event": event, "play": self._play, **fields}
        os.write(self._file, (json.dumps(record) + "\n").encode())  # one write: lines never mix

    def _place(self):
        return {"task": self._task, "index": self._index, "total": len(self._positions)}

    def v2_playbook_on_start(self, playbook):
        """Counts the tasks in order; those of included files join their includer's number."""
        for number, play in enumerate(playbook.get_plays()):
            for block in play.compile():
                for task in self._flatten(block):
                    self._positions.setdefault((number, task.get_path(), task.get_name()), len(self._positions) + 1)

    def _flatten(self, block):
        for item in block.block + block.rescue + block.always:
            if hasattr(item, "block"):
                yield from self._flatten(item)
            elif item.action not in ("meta", "ansible.builtin.meta"):
                yield item

    def v2_playbook_on_play_start(self, play):
        self._play_number += 1
        self._play = play.get_name().strip()
        self._write("play", total=len(self._positions))

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._task = task.get_name().strip()
        position = self._positions.get((self._play_number, task.get_path(), task.get_name()), self._index)
        self._index, self._begun = max(self._index, position), {None: time.monotonic()}
        self._write("task", **self._place())

    v2_playbook_on_handler_task_start = lambda self, task: self.v2_playbook_on_task_start(task, False)  # noqa: E731

    def v2_runner_on_start(self, host, task):
        self._begun[host.get_name()] = time.monotonic()

    def _host(self, result, status):
        host, body = result._host.get_name(), result._result
        begun = self._begun.get(host, self._begun.get(None, time.monotonic()))
        fields = {"host": host, "status": status, "ms": round((time.monotonic() - begun) * 1000)}
        if status in ("failed", "unreachable") and not body.get("_ansible_no_log") and not result._task.no_log:
            fields["message"] = (unreachable if status == "unreachable" else short)(body.get("msg", ""))
        facts = report(result._task, body) if status in ("ok", "changed") else None
        if facts:
            fields["report"] = facts
        self._write("host", **self._place(), **fields)

    def v2_runner_on_ok(self, result):
        self._host(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_on_skipped(self, result):
        self._host(result, "skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._host(result, "failed")

    def v2_runner_on_unreachable(self, result):
        self._host(result, "unreachable")

    def v2_playbook_on_stats(self, stats):
        self._write("stats", hosts={host: stats.summarize(host) for host in sorted(stats.processed)})
