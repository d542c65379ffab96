"""yamllint, ansible-lint at its production profile, and Ansible's own syntax check."""

import os
import subprocess
import unittest

from support import ROOT, Workspace, inventory, order, program


class Lint(unittest.TestCase):
    def run_tool(self, *argv, **environment):
        done = subprocess.run(argv, cwd=ROOT, env=dict(os.environ, NO_COLOR="1", **environment), capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_yamllint(self):
        self.run_tool(program("yamllint"), "--strict", ".")

    def test_ansible_lint_production(self):
        with Workspace() as work:
            said = self.run_tool(program("ansible-lint"), "--profile", "production", "--offline", "--strict", ANSIBLE_HOME=work.file("home"))
        self.assertIn("'production' was required, and it passed", said)

    def test_syntax(self):
        with Workspace() as work:
            hosts = work.file("inventory.json", inventory({"demo-cp-1": "10.40.19.201"}, {"demo-w-1": "10.40.19.202"}, order()))
            self.run_tool(program(), "-i", hosts, "--syntax-check", "site.yml")

    def test_module_documentation_can_be_read(self):
        with Workspace() as work:
            names = sorted(name[:-3] for name in os.listdir(os.path.join(ROOT, "library")) if name.endswith(".py"))
            self.run_tool(program("ansible-doc"), "--type", "module", "--module-path", "library", *names, ANSIBLE_HOME=work.file("home"))

    def test_every_role_has_argument_specs_and_defaults(self):
        for role in sorted(os.listdir(os.path.join(ROOT, "roles"))):
            for name in ("meta/argument_specs.yml", "defaults/main.yml", "tasks/main.yml"):
                self.assertTrue(os.path.exists(os.path.join(ROOT, "roles", role, name)), role + "/" + name)

    def test_no_collection_is_needed(self):
        self.assertFalse(os.path.exists(os.path.join(ROOT, "requirements.yml")))
        for folder, _folders, names in os.walk(os.path.join(ROOT, "roles")):
            for name in names:
                if folder.endswith(("/tasks", "/handlers")):
                    text = open(os.path.join(folder, name), encoding="utf-8").read()
                    self.assertNotRegex(text, r"(?m)^\s+(community|ansible\.posix|kubernetes)\.", name)


if __name__ == "__main__":
    unittest.main()
