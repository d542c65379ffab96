"""The progress file: its events, and what must never be in it."""

import json
import os
import sys
import unittest

from support import ROOT, Workspace, load

PLAYBOOK = """
- name: First play
  hosts: all
  gather_facts: false
  tasks:
    - name: Changes
      ansible.builtin.command: {argv: [echo, body-canary]}
      notify: Handle
    - name: Is fine
      ansible.builtin.debug: {msg: ok}
    - name: Is not done
      ansible.builtin.debug: {msg: never}
      when: false
  handlers:
    - name: Handle
      ansible.builtin.debug: {msg: handled}
- name: Second play
  hosts: one
  gather_facts: false
  tasks:
    - name: Fails quietly
      ansible.builtin.fail: {msg: secret-canary}
      no_log: true
      ignore_errors: true
    - name: Fails
      ansible.builtin.fail: {msg: "reason for people\\nsecond line\\u0007"}
    - name: Never comes
      ansible.builtin.debug: {msg: never}
"""


class Reasons(unittest.TestCase):
    """Why a host could not be reached, from what ssh says."""

    def test_a_changed_host_key_is_told_apart(self):
        callback = load("callback_plugins/kubesmith_ndjson.py")
        banner = "@" * 59
        said = "Data could not be sent to remote host \"x\". Make sure this host can be reached over ssh: %s\r\n@ WARNING: ... @\r\n%s\r\nHost key verification failed.\r\n"
        self.assertEqual(callback.unreachable(said % (banner, banner)), "Host key verification failed")
        self.assertEqual(callback.unreachable("Failed to connect: Connection refused\r\nmore"), "Failed to connect: Connection refused")


class Task:
    no_log = False

    def __init__(self, action):
        self.action = action


class Reports(unittest.TestCase):
    """What a module may tell people."""

    def setUp(self):
        self.report = load("callback_plugins/kubesmith_ndjson.py").report

    def test_modules_of_ours_tell_short_facts(self):
        facts = {"ends": "2027-01-01T00:00:00Z", "nodes": 3, "long": "x" * 500, "list": ["no"], "line": "one\ntwo\u0007"}
        told = self.report(Task("kubesmith_certificates"), {"report": facts})
        self.assertEqual(told, {"ends": "2027-01-01T00:00:00Z", "nodes": 3, "long": "x" * 128, "line": "one"})
        self.assertEqual(len(self.report(Task("kubesmith_x"), {"report": {str(n): n for n in range(99)}})), 32)

    def test_nothing_else_does(self):
        quiet = Task("kubesmith_certificates")
        quiet.no_log = True
        for task, body in ((Task("ansible.builtin.command"), {"report": {"a": "b"}}), (quiet, {"report": {"a": "b"}}),
                           (Task("kubesmith_x"), {"report": "text"}), (Task("kubesmith_x"), {})):
            self.assertIsNone(self.report(task, body))


class Callback(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Workspace() as work:
            hosts = {"all": {"hosts": {"one": {}, "two": {}}, "vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}}
            work.file("events.ndjson", "{\"kept\": true}\n")
            cls.done = work.playbook(work.file("play.yml", PLAYBOOK), hosts, KUBESMITH_ANSIBLE_EVENTS=work.file("events.ndjson"))
            cls.text = work.read("events.ndjson")
            cls.without = work.playbook(work.file("play.yml", PLAYBOOK), hosts)
        cls.events = [json.loads(line) for line in cls.text.splitlines()][1:]

    def of(self, event, **fields):
        return [e for e in self.events if e["event"] == event and all(e.get(key) == value for key, value in fields.items())]

    def test_appends(self):
        self.assertTrue(self.text.startswith("{\"kept\": true}\n"))
        self.assertTrue(all(e["v"] == 1 and e["time"].endswith("Z") for e in self.events))

    def test_plays_and_tasks_in_order_with_a_total(self):
        self.assertEqual([e["play"] for e in self.of("play")], ["First play", "Second play"])
        self.assertEqual([(e["task"], e["index"], e["total"]) for e in self.of("task")],
                         [("Changes", 1, 6), ("Is fine", 2, 6), ("Is not done", 3, 6), ("Handle", 3, 6), ("Fails quietly", 4, 6), ("Fails", 5, 6)])

    def test_each_host_has_its_status(self):
        self.assertEqual({e["status"] for e in self.of("host", task="Changes")}, {"changed"})
        self.assertEqual({e["host"] for e in self.of("host", task="Changes")}, {"one", "two"})
        self.assertEqual({e["status"] for e in self.of("host", task="Is fine")}, {"ok"})
        self.assertEqual({e["status"] for e in self.of("host", task="Is not done")}, {"skipped"})
        self.assertTrue(all(isinstance(e["ms"], int) and e["ms"] >= 0 for e in self.of("host")))

    def test_a_failure_has_one_short_line(self):
        self.assertEqual([e["message"] for e in self.of("host", task="Fails")], ["reason for people"])

    def test_no_log_and_bodies_stay_out(self):
        self.assertEqual([e["status"] for e in self.of("host", task="Fails quietly")], ["failed"])
        self.assertNotIn("canary", self.text)

    def test_stats_end_it(self):
        self.assertEqual(self.events[-1]["event"], "stats")
        self.assertEqual(self.events[-1]["hosts"]["one"]["failures"], 1)

    def test_silent_without_the_variable(self):
        self.assertEqual(self.without.returncode, self.done.returncode)
        self.assertNotIn("Traceback", self.without.stderr)

    def test_is_the_one_that_ansible_cfg_enables(self):
        with open(os.path.join(ROOT, "ansible.cfg"), encoding="utf-8") as source:
            self.assertIn("callbacks_enabled = kubesmith_ndjson", source.read())


if __name__ == "__main__":
    unittest.main()
