"""The gate lets through what the portal needs and nothing that reads files, starts programs or changes identity."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from support import ROOT, load

gate = load("roles/control_plane/files/kubectl-gate", "kubectl_gate")
GATE = os.path.join(ROOT, "roles/control_plane/files/kubectl-gate")

ALLOWED = [
    ["get", "nodes", "-o", "json"],
    ["get", "--raw", "/readyz"],
    ["get", "pods", "-A", "-l", "app=x", "-o", "jsonpath={.items[*].metadata.name}"],
    ["get", "configmap", "kube-root-ca.crt", "-n", "default", "--output=json"],
    ["apply", "-f", "-", "--server-side", "--field-manager=kubesmith"],
    ["create", "--filename=-"],
    ["apply", "-f=-"],
    ["create", "-f", "-", "-o", "json"],
    ["create", "token", "grant-1", "-n", "kubesmith-system", "--duration", "8h", "--bound-object-kind", "Secret", "--bound-object-name", "grant-1"],
    ["delete", "secret", "grant-1", "-n", "kubesmith-system", "--ignore-not-found", "--wait=false"],
    ["wait", "--for=condition=Ready", "node", "--all", "--timeout=60s"],
    ["rollout", "status", "deployment/coredns", "-n", "kube-system"],
    ["drain", "demo-w-1", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s"],
    ["auth", "can-i", "get", "secrets", "--as", "x"],
    ["patch", "node", "x", "--type=merge", "--patch={\"spec\":{\"unschedulable\":true}}"],
    ["version", "-o", "json"],
]

HOSTILE = [
    # other programs, plugins, tunnels, local files
    ["exec", "pod", "--", "sh"], ["cp", "a:/x", "/etc/passwd"], ["proxy"], ["port-forward", "pod/x", "80"], ["attach", "x"], ["run", "x", "--image=y"],
    ["debug", "node/x", "-it"], ["edit", "node", "x"], ["plugin", "list"], ["krew"], ["config", "view", "--raw"], ["diff", "-f", "-"],
    ["kustomize", "/etc"], ["completion", "bash"], ["certificate", "approve", "x"], ["cluster-info", "dump", "--output-directory=/etc"], ["options"], ["alpha"],
    ["set", "image", "x"], ["expose", "x"], ["autoscale", "x"], ["convert"],
    # bodies from files
    ["apply", "-f", "/etc/kubernetes/admin.conf"], ["apply", "--filename=/etc/shadow"], ["apply", "--filename", "https://evil/x.yaml"],
    ["apply", "-f/etc/shadow"], ["apply", "-f", "-,/etc/shadow"], ["apply", "--filename=-,/etc/shadow"],
    ["apply", "-f", "-", "-f", "/etc/shadow"], ["apply", "-f"], ["apply", "-k", "/etc"], ["apply", "--kustomize=/etc"], ["apply", "-R", "-f", "-"],
    ["create", "secret", "generic", "x", "--from-file=/etc/kubernetes/admin.conf"], ["create", "configmap", "x", "--from-env-file=/etc/shadow"],
    ["create", "clusterrolebinding", "x", "--clusterrole=cluster-admin", "--user=me"], ["create", "-f", "/etc/shadow"],
    ["patch", "node", "x", "--patch-file=/etc/shadow"], ["get", "pods", "-o", "jsonpath-file=/etc/shadow"], ["get", "pods", "-o=go-template-file=/etc/shadow"],
    ["get", "pods", "--output", "custom-columns-file=/etc/shadow"], ["get", "pods", "-ojsonpath-file=/etc/shadow"], ["get", "pods", "--template=/etc/shadow"],
    ["get", "pods", "-o", "templatefile=/etc/shadow"], ["get", "pods", "-o", "json\n"], ["get", "pods", "-o"],
    # another identity, another server, more talk
    ["get", "pods", "--kubeconfig=/root/x"], ["--kubeconfig", "/x", "get", "pods"], ["get", "pods", "--server=https://evil"], ["get", "pods", "-s", "https://evil"],
    ["get", "pods", "-shttps://evil"], ["get", "pods", "-As", "https://evil"], ["get", "pods", "--token=x"], ["get", "pods", "--token", "x"],
    ["get", "pods", "--insecure-skip-tls-verify"], ["get", "pods", "--certificate-authority=/x"], ["get", "pods", "--client-key=/etc/shadow"],
    ["get", "pods", "--context=x"], ["get", "pods", "--cluster=x"], ["get", "pods", "--user=x"], ["get", "pods", "--cache-dir=/etc"],
    ["get", "pods", "--profile=cpu", "--profile-output=/etc/x"], ["get", "pods", "-v=9"], ["get", "pods", "-v", "9"], ["get", "pods", "--v=9"],
    ["get", "pods", "--as-user-extra=x"], ["get", "pods", "--kuberc=/x"], ["get", "pods", "--tls-server-name=x"], ["get", "pods", "--proxy-url=http://evil"],
    # a flag that hides as the value of another one
    ["get", "pods", "-n", "--kubeconfig=/x"], ["get", "pods", "--ignore-not-found", "--kubeconfig=/x"], ["logs", "x", "--"], ["logs", "-f", "x"],
    ["auth", "-n", "x", "can-i"], ["auth"], ["rollout", "x"], ["top"], ["get", "-"],
]

MALFORMED = ["", " ", "get nodes", "{}", "[]", "[[\"get\"]]", "[\"get\", 1]", "[null]", "\"get\"", "[\"get\"] ; id", "[\"get\"]\n[\"x\"]", "`id`", "$(id)", "[" * 5000,
             "[\"get\",\"a\\u0000b\"]", json.dumps(["get"] + ["x"] * 200), json.dumps(["get", "x" * 70000]), "NaN", "[NaN]", json.dumps(["get", "\u202e"])]


class Lists(unittest.TestCase):
    def test_what_the_portal_needs_passes(self):
        for argv in ALLOWED:
            with self.subTest(argv=argv):
                self.assertEqual(gate.parse(json.dumps(argv)), argv)
                gate.check(argv)

    def test_hostile_arguments_are_refused(self):
        for argv in HOSTILE:
            with self.subTest(argv=argv), self.assertRaises(gate.Refusal):
                gate.check(gate.parse(json.dumps(argv)))

    def test_what_is_not_an_array_of_strings_is_refused(self):
        for text in MALFORMED:
            with self.subTest(text=text[:60]), self.assertRaises(gate.Refusal):
                gate.check(gate.parse(text))

    def test_no_short_flag_takes_part_in_a_cluster(self):
        for flag in gate.SHORT_FLAGS:
            with self.subTest(flag=flag), self.assertRaises(gate.Refusal):
                gate.check(["get", "pods", flag + "s"])


class Program(unittest.TestCase):
    """The script as sshd starts it, with a kubectl that tells what it got."""

    def run_gate(self, request, stdin=""):
        with tempfile.TemporaryDirectory() as folder:
            kubectl = os.path.join(folder, "kubectl")
            with open(kubectl, "w", encoding="utf-8") as out:
                out.write("#!%s\nimport json, os, sys\nprint(json.dumps([sys.argv[1:], dict(os.environ), sys.stdin.read()]))\n" % sys.executable)
            os.chmod(kubectl, 0o755)
            copy = os.path.join(folder, "gate")
            with open(GATE, encoding="utf-8") as source, open(copy, "w", encoding="utf-8") as out:
                out.write(source.read().replace("/usr/bin/kubectl", kubectl).replace("/var/lib/kubesmith/kubectl", folder + "/home"))
            env = {"PATH": "/usr/bin:/bin", "KUBECTL_EXTERNAL_DIFF": "evil", "LD_PRELOAD": ""}
            if request is not None:
                env["SSH_ORIGINAL_COMMAND"] = request
            return subprocess.run([sys.executable, copy], input=stdin, env=env, capture_output=True, text=True, timeout=20, check=False)

    def test_arguments_and_stdin_arrive_unchanged(self):
        argv = ["get", "nodes", "-o", "jsonpath={.items[0]} $(touch /x) ; `id` 'ä'"]
        done = self.run_gate(json.dumps(argv), stdin="body")
        got, env, body = json.loads(done.stdout)
        self.assertEqual((done.returncode, got, body), (0, argv, "body"))
        self.assertEqual(env["KUBECONFIG"], "/etc/kubernetes/admin.conf")
        self.assertNotIn("KUBECTL_EXTERNAL_DIFF", env)
        self.assertNotIn("SSH_ORIGINAL_COMMAND", env)

    def test_refusal_is_126_with_a_reason_and_no_kubectl(self):
        for request in (None, "", "id", json.dumps(["exec", "x"]), json.dumps(["get", "x", "--kubeconfig=/x"])):
            with self.subTest(request=request):
                done = self.run_gate(request)
                self.assertEqual((done.returncode, done.stdout), (126, ""))
                self.assertTrue(done.stderr.startswith("kubectl-gate: refused: "), done.stderr)


if __name__ == "__main__":
    unittest.main()
