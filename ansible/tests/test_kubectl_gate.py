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

GRANTS = ["--namespace", "kubesmith-grants"]
BOUND = ["--bound-object-kind", "Secret", "--bound-object-name", "grant-1"]

#: What the portal sends: plugins/kubesmith-backend, steps/verifyCluster.ts, steps/drain/drainNode.ts and grants/GrantService.ts.
ALLOWED = [
    ["get", "nodes", "-o", "json"],
    ["get", "deployment", "coredns", "-n", "kube-system", "-o", "json"],
    ["get", "endpointslices", "-n", "kube-system", "-l", "kubernetes.io/service-name=kube-dns", "-o", "json"],
    ["get", "configmap", "kube-root-ca.crt", "-n", "kube-system", "-o", "json"],
    ["apply", "-f", "-"], ["apply", "-f=-"], ["apply", "--filename", "-"],
    ["create", "token", "grant-1", *GRANTS, *BOUND, "--duration", "28800s", "--output", "json"],
    ["delete", "--ignore-not-found", "--wait=false", "-f", "-"],
    ["drain", "demo-w-2", "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout", "300s"],
    ["uncordon", "demo-w-2"],
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
    ["patch", "node", "x", "--patch-file=/etc/shadow"], ["get", "nodes", "-o", "jsonpath-file=/etc/shadow"], ["get", "nodes", "-o=go-template-file=/etc/shadow"],
    ["get", "nodes", "--output", "custom-columns-file=/etc/shadow"], ["get", "nodes", "-ojsonpath-file=/etc/shadow"], ["get", "nodes", "--template=/etc/shadow"],
    ["get", "nodes", "-o", "templatefile=/etc/shadow"], ["get", "nodes", "-o", "json\n"], ["get", "nodes", "-o"],
    # another identity, another server, more talk
    ["get", "nodes", "--kubeconfig=/root/x"], ["--kubeconfig", "/x", "get", "nodes"], ["get", "nodes", "--server=https://evil"], ["get", "nodes", "-s", "https://evil"],
    ["get", "nodes", "-shttps://evil"], ["get", "nodes", "-As", "https://evil"], ["get", "nodes", "--token=x"], ["get", "nodes", "--token", "x"],
    ["get", "nodes", "--insecure-skip-tls-verify"], ["get", "nodes", "--certificate-authority=/x"], ["get", "nodes", "--client-key=/etc/shadow"],
    ["get", "nodes", "--context=x"], ["get", "nodes", "--cluster=x"], ["get", "nodes", "--user=x"], ["get", "nodes", "--cache-dir=/etc"],
    ["get", "nodes", "--profile=cpu", "--profile-output=/etc/x"], ["get", "nodes", "-v=9"], ["get", "nodes", "-v", "9"], ["get", "nodes", "--v=9"],
    ["get", "nodes", "--as-user-extra=x"], ["get", "nodes", "--kuberc=/x"], ["get", "nodes", "--tls-server-name=x"], ["get", "nodes", "--proxy-url=http://evil"],
    # a flag that hides as the value of another one
    ["get", "nodes", "-n", "--kubeconfig=/x"], ["get", "nodes", "--ignore-not-found", "--kubeconfig=/x"], ["logs", "x", "--"], ["logs", "-f", "x"],
    ["get", "-"], ["apply", "-f", "-", "--"], ["get", "nodes", "-o"], ["get", "nodes", "-n"], ["apply", "-f", "-", "--filename=-"],
    # what is kubectl, and more than the portal needs
    ["get", "secrets", "-A", "-o", "json"], ["get", "nodes,secrets"], ["get", "secret/x"], ["get", "nodes/x"], ["get", "pods"], ["get"],
    ["get", "--raw", "/api/v1/nodes/x/proxy/logs/"], ["create", "--raw", "/api/v1/nodes/x/proxy/run/kube-system/etcd/etcd?cmd=id", "-f", "-"],
    ["get", "nodes", "x", "y"], ["get", "nodes", "-w"], ["get", "nodes", "--watch"], ["get", "nodes", "--as", "x"], ["get", "nodes", "--as=x"],
    ["get", "nodes", "--as-group=system:masters"], ["auth", "can-i", "get", "secrets"], ["auth", "whoami"], ["logs", "x"], ["describe", "secret", "x"],
    ["patch", "node", "x", "--type=merge", "--patch={}"], ["replace", "-f", "-"], ["drain"], ["drain", "x", "y"], ["drain", "-l", "a=b"], ["drain", "--selector", "a=b"], ["drain", "x", "--timeout", "0"], ["drain", "x", "--timeout=forever"],
    ["drain", "x", "--disable-eviction"], ["drain", "x", "--kubeconfig=/x"], ["drain", "x", "--grace-period=0"], ["cordon", "x"], ["uncordon"], ["uncordon", "x", "y"], ["uncordon", "-l", "a=b"], ["uncordon", "x", "--dry-run=none"], ["label", "node", "x", "a=b"],
    ["create", "-f", "-"], ["create", "token"], ["create", "token", "default", "--namespace", "Kube"], ["create", "token", "x", "--duration", "8h"],
    ["create", "token", "x", "--bound-object-kind", "Pod"], ["create", "token", "x", "--audience", "vault"], ["create", "token", "x", "y"],
    ["delete", "namespace", "default"], ["delete", "-f", "-", "--all"], ["delete", "-f", "-", "--wait=true"], ["delete", "-f", "-", "--wait", "false"],
    ["delete", "-f", "-", "--ignore-not-found=false"], ["delete", "-f", "-", "--cascade=orphan"], ["delete"], ["apply"], ["apply", "-"], ["apply", "-f", "-", "--prune"],
    ["get", "nodes", "-o", "yaml"], ["get", "nodes", "-o", "jsonpath={.items}"], ["get", "nodes", "-o", "go-template={{.}}"], ["get", "nodes\n"], ["get", "nodes", "x\n"],
]

MALFORMED = ["", " ", "get nodes", "{}", "[]", "[[\"get\"]]", "[\"get\", 1]", "[null]", "\"get\"", "[\"get\"] ; id", "[\"get\"]\n[\"x\"]", "`id`", "$(id)", "[" * 5000,
             json.dumps(["get"] + ["x"] * 200), json.dumps(["get", "x" * 70000]), "NaN", "[NaN]"]


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
        for verb, (_operands, flags) in gate.VERBS.items():
            for flag in flags:
                with self.subTest(verb=verb, flag=flag), self.assertRaises(gate.Refusal):
                    gate.check([verb, "nodes", flag + "s"])

    def test_no_character_gets_through_that_is_not_in_a_name(self):
        for text in ("a\0b", "\u202e", "\u00e4", "a b", "a\nb", "../a", "%2e", "A", "", "a" * 300):
            with self.subTest(text=text[:20]), self.assertRaises(gate.Refusal) as refused:
                gate.check(["get", "nodes", text])
            self.assertTrue(str(refused.exception).isascii() and str(refused.exception).isprintable())


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
        argv, text = ["apply", "-f", "-"], "$(touch /x) ; `id` 'ä'\n"
        done = self.run_gate(json.dumps(argv), stdin=text)
        got, env, body = json.loads(done.stdout)
        self.assertEqual((done.returncode, got, body), (0, argv, text))
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
