"""The modules' own logic, without a node."""

import base64
import http.server
import importlib
import json
import os
import re
import socket
import ssl
import stat
import struct
import subprocess
import tempfile
import threading
import unittest
from unittest import mock

from support import ROOT, load

files = load("library/kubesmith_files.py")
node = importlib.import_module("ansible.module_utils.kubesmith_node")
api = importlib.import_module("ansible.module_utils.kubesmith_api")
token = load("library/kubesmith_join_token.py")
verify = load("library/kubesmith_verify.py")
plan = load("library/kubesmith_join_plan.py")
step_ended = load("roles/common/files/step-ended", "step_ended")
DATA = os.path.join(ROOT, "tests", "data")


class AtomicWrite(unittest.TestCase):
    def test_replaces_with_mode_and_leaves_no_temporary(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "deep", "file")
            node.write_atomically(path, b"one", 0o600)
            node.write_atomically(path, b"two", 0o640)
            self.assertEqual((open(path, "rb").read(), stat.S_IMODE(os.stat(path).st_mode), os.listdir(os.path.dirname(path))), (b"two", 0o640, ["file"]))

    def test_a_failed_write_keeps_the_old_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            node.write_atomically(path, b"old")
            with mock.patch("os.fsync", side_effect=OSError("disk full")), self.assertRaises(OSError):
                node.write_atomically(path, b"new")
            self.assertEqual((open(path, "rb").read(), os.listdir(folder)), (b"old", ["file"]))


class Files(unittest.TestCase):
    def entry(self, path, **changes):
        return {"path": path, "content": "x\n", "mode": "0644", "state": "present", "validate": None, **changes}

    def test_differs_on_content_mode_kind_and_absence(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "f")
            self.assertTrue(files.differs(self.entry(path)))
            self.assertFalse(files.differs(self.entry(path, state="absent")))
            node.write_atomically(path, b"x\n", 0o644)
            os.chown(path, 0, 0) if os.getuid() == 0 else self.skipTest("needs root")
            self.assertFalse(files.differs(self.entry(path)))
            self.assertTrue(files.differs(self.entry(path, mode="0600")))
            self.assertTrue(files.differs(self.entry(path, content="y\n")))
            self.assertTrue(files.differs(self.entry(path, state="absent")))
            os.symlink(path, path + "-link")
            self.assertTrue(files.differs(self.entry(path + "-link")))

    def test_a_validator_that_refuses_is_an_error_with_its_words(self):
        with self.assertRaisesRegex(node.NodeError, "was refused by sh: bad"):
            files.validate(self.entry("/x", validate=["sh", "-c", "echo bad >&2; exit 1", "%s"]))


class Nodes(unittest.TestCase):
    def test_summary(self):
        answer = {"items": [{"metadata": {"name": "a", "uid": "u", "labels": {"node-role.kubernetes.io/control-plane": ""}},
                             "status": {"conditions": [{"type": "Ready", "status": "False"}], "nodeInfo": {"machineID": "m", "kubeletVersion": "v1.36.3"}}},
                            {"metadata": {"name": "b"}, "status": {}}]}
        self.assertEqual(api.summarize_nodes(answer)["a"], {"uid": "u", "machine_id": "m", "ready": "False", "control_plane": True, "version": "v1.36.3"})
        self.assertEqual(api.summarize_nodes(answer)["b"]["ready"], "Unknown")

    def test_step_names(self):
        for name in ("kubesmith-init-0b7d", "kubesmith-join-a-b", "kubesmith-reset-1"):
            self.assertTrue(node.STEP_UNIT.match(name))
        for name in ("kubesmith-vip", "kubesmith-init-", "kubesmith-init-../x", "kubesmith-init-a b", "kubesmith-init-A", "x-kubesmith-init-a"):
            self.assertFalse(node.STEP_UNIT.match(name))


class StepEnded(unittest.TestCase):
    def test_exit_codes(self):
        for environment, code in (({"SERVICE_RESULT": "success", "EXIT_STATUS": "0"}, 0), ({"SERVICE_RESULT": "exit-code", "EXIT_STATUS": "1"}, 1),
                                  ({"SERVICE_RESULT": "timeout", "EXIT_STATUS": "TERM"}, 124), ({"SERVICE_RESULT": "signal", "EXIT_STATUS": "KILL"}, 137), ({}, 137)):
            self.assertEqual(step_ended.exit_code(environment), code)

    def test_message_is_kubeadms_error_without_tokens(self):
        log = "[init] Using\n[preflight] Some fatal errors occurred:\n\t[ERROR Port-6443]: Port 6443 is in use\n[preflight] hint\nerror: token abcdef.0123456789abcdef bad\n"
        self.assertEqual(step_ended.error_message(log), "[ERROR Port-6443]: Port 6443 is in use error: token (token) bad")
        self.assertLessEqual(len(step_ended.error_message("x" * 9999)), 300)

    def test_record_and_secret(self):
        with tempfile.TemporaryDirectory() as folder:
            name = "kubesmith-join-op"
            for suffix, content in ((".json", json.dumps({"name": name, "attempt": 2})), (".log", "error: no\n"), ("", "secret")):
                open(os.path.join(folder, name + suffix), "w", encoding="utf-8").write(content)
            with mock.patch.multiple(step_ended, STEPS_DIR=folder, LOG_DIR=folder, SECRETS_DIR=folder), mock.patch("sys.argv", ["x", name]), \
                    mock.patch.dict("os.environ", {"SERVICE_RESULT": "exit-code", "EXIT_STATUS": "1"}):
                step_ended.main()
            record = json.load(open(os.path.join(folder, name + ".json"), encoding="utf-8"))
            self.assertEqual((record["rc"], record["attempt"], record["message"]), (1, 2, "error: no"))
            self.assertEqual(sorted(os.listdir(folder)), [name + ".json", name + ".log"])


class Token(unittest.TestCase):
    def test_pin_is_what_openssl_says(self):
        for kind in (["-newkey", "rsa:2048"], ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]):
            with tempfile.TemporaryDirectory() as folder:
                crt = os.path.join(folder, "ca.crt")
                subprocess.run(["openssl", "req", "-x509", *kind, "-nodes", "-keyout", os.path.join(folder, "k"), "-out", crt, "-subj", "/CN=kubernetes", "-days", "2"],
                               check=True, capture_output=True)
                public = subprocess.run(["openssl", "x509", "-in", crt, "-pubkey", "-noout"], check=True, capture_output=True).stdout
                der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=public, check=True, capture_output=True).stdout
                digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der, check=True, capture_output=True, text=False).stdout.split()[0].decode()
                self.assertEqual(token.pin(open(crt, encoding="ascii").read()), "sha256:" + digest)

    def test_only_live_tokens_of_the_operation_are_handed_out_again(self):
        known = [{"id": "a", "token": "aaaaaa.aaaaaaaaaaaaaaaa", "operation": "other", "left": 1500},
                 {"id": "b", "token": "bbbbbb.bbbbbbbbbbbbbbbb", "operation": "op", "left": 20}]
        with mock.patch.object(token, "tokens", return_value=known), mock.patch.object(token, "run", return_value=(0, "cccccc.cccccccccccccccc\n", "")) as run:
            self.assertEqual(token.issue(None, "op", 30), ("cccccc.cccccccccccccccc", True))
            self.assertIn("30m", run.call_args.args[0])
            known[1]["left"] = 1200
            self.assertEqual(token.issue(None, "op", 30), ("bbbbbb.bbbbbbbbbbbbbbbb", False))

    def test_an_odd_answer_is_no_token(self):
        with mock.patch.object(token, "tokens", return_value=[]), mock.patch.object(token, "run", return_value=(0, "W: oops\n", "")), self.assertRaises(node.NodeError):
            token.issue(None, "op", 30)


class Dns(unittest.TestCase):
    """A real UDP server that answers as CoreDNS does (compressed name, a CNAME before the address)."""

    def serve(self, reply):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))

        def once():
            question, client = server.recvfrom(512)
            server.sendto(reply(question), client)
            server.close()
        threading.Thread(target=once, daemon=True).start()
        return server.getsockname()[1]

    def query(self, reply):
        return verify.dns_query("127.0.0.1", "kubernetes.default.svc.cluster.local", timeout=5, port=self.serve(reply))

    def test_address_behind_a_cname(self):
        cname = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 5, 2) + b"\xc0\x0c"
        address = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 5, 4) + socket.inet_aton("10.96.0.1")
        self.assertEqual(self.query(lambda q: q[:2] + struct.pack("!5H", 0x8580, 1, 2, 0, 0) + q[12:] + cname + address), ["10.96.0.1"])

    def test_nxdomain_is_an_error(self):
        with self.assertRaisesRegex(node.NodeError, "DNS error 3"):
            self.query(lambda q: q[:2] + struct.pack("!5H", 0x8583, 1, 0, 0, 0) + q[12:])

    def test_a_wrong_or_broken_answer_is_named_and_never_raises(self):
        with mock.patch.object(verify, "dns_query", return_value=["1.2.3.4"]):
            self.assertIn("1.2.3.4", verify.cluster_dns("10.96.0.10", "a", "10.96.0.1"))
        with mock.patch.object(verify, "dns_query", side_effect=struct.error("short")):
            self.assertIn("no answer", verify.cluster_dns("10.96.0.10", "a", "10.96.0.1"))
        with mock.patch.object(verify, "dns_query", return_value=["10.96.0.1"]):
            self.assertIsNone(verify.cluster_dns("10.96.0.10", "a", "10.96.0.1"))


class Verify(unittest.TestCase):
    def test_waits_end_with_the_last_reason_and_survive_an_api_that_is_away(self):
        answers = iter([node.NodeError("away"), "not yet", None])

        def check():
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer
        verify.until(verify.time.monotonic() + 5, check, pause=0)
        with self.assertRaisesRegex(node.NodeError, "not yet"):
            verify.until(0, lambda: "not yet")

    def test_the_pod_goes_also_when_it_never_ran(self):
        there, calls = {}, []

        class Fake:
            def call(self, method, path, body=None):
                calls.append(method)
                if method == "POST":
                    there[path + "/" + body["metadata"]["name"]] = {"status": {"phase": "Pending"}}
                    return body
                return there.pop(path, None)

            def get(self, path):
                return there.get(path)
        with self.assertRaisesRegex(node.NodeError, "test Pod does not run: Pending"):
            with verify.TestPod(Fake(), {"pod": "p", "namespace": "n", "image": "i"}, 0) as pod:
                pod.wait()
        self.assertEqual((calls, there), (["DELETE", "POST", "DELETE"], {}))

    def test_nodes_are_named(self):
        nodes = {"items": [{"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}]}
        with mock.patch.object(api.Api, "__init__", return_value=None), mock.patch.object(api.Api, "get", return_value=nodes):
            self.assertEqual(verify.nodes_ready(api.Api(), ["a", "b"]), "nodes are not ready: a (not ready), b (absent)")


class JoinPlan(unittest.TestCase):
    def test_silence_of_a_known_machine_is_waited_for_and_others_are_not(self):
        nodes = {"a": {"machine_id": "1"}, "c": {"machine_id": "2"}}
        workers = {name: {"machine_id": "1"} for name in "abc"}
        self.assertEqual(plan.silent(workers, nodes, {"a": "rejoin", "b": "join", "c": "rejoin"}), ["a"])


class ApiClient(unittest.TestCase):
    """Against a real TLS server with a CA of its own that asks for client certificates."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = cls.folder.name + "/"

        def openssl(*argv):
            subprocess.run(["openssl", *argv], check=True, capture_output=True)
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        openssl("req", "-x509", *new_key, "-keyout", path + "ca.key", "-out", path + "ca.crt", "-subj", "/CN=kubernetes")
        for name, subject in (("server", "/CN=api"), ("client", "/O=admins/CN=admin")):
            openssl("req", "-x509", *new_key, "-CA", path + "ca.crt", "-CAkey", path + "ca.key", "-keyout", path + name + ".key", "-out", path + name + ".crt",
                    "-subj", subject, "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE")

        def data(name):
            return base64.b64encode(open(path + name, "rb").read()).decode()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, body = {"/readyz": (200, b"ok"), "/gone": (404, b"{}"), "/no": (403, b'{"message": "not you"}'), "/odd": (200, b"<")}.get(
                    self.path, (200, json.dumps({"who": self.connection.getpeercert()["subject"][-1][0][1]}).encode()))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = self.path == "/last"

            def log_message(self, *_arguments):
                pass
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path + "server.crt", path + "server.key")
        context.load_verify_locations(path + "ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.server.daemon_threads = True
        cls.server.socket = context.wrap_socket(cls.server.socket, server_side=True)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.kubeconfig = path + "admin.conf"
        with open(cls.kubeconfig, "w", encoding="ascii") as out:
            out.write("clusters:\n- cluster:\n    certificate-authority-data: %s\n    server: https://127.0.0.1:%d\n  name: k\nusers:\n- name: a\n  user:\n"
                      "    client-certificate-data: %s\n    client-key-data: %s\n" % (data("ca.crt"), cls.server.server_port, data("client.crt"), data("client.key")))

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.folder.cleanup()

    def client(self, **options):
        return api.Api(kubeconfig=self.kubeconfig, **options)

    def test_shows_its_certificate_and_reads_json(self):
        client = self.client()
        self.assertEqual((client.get("/x"), client.get("/last"), client.get("/y")), ({"who": "admin"},) * 3)
        self.assertTrue(client.is_ready())

    def test_missing_is_none_and_refused_is_an_error_with_its_message(self):
        self.assertIsNone(self.client().get("/gone"))
        with self.assertRaisesRegex(node.NodeError, "GET /no .403.: not you"):
            self.client().get("/no")
        with self.assertRaisesRegex(node.NodeError, "is not JSON"):
            self.client().get("/odd")

    def test_another_name_or_nobody_is_not_the_api(self):
        self.assertFalse(self.client(server="https://localhost:%d" % self.server.server_port).is_ready())
        with self.assertRaisesRegex(node.NodeError, "does not answer"):
            self.client(server="https://127.0.0.1:1").get("/x")

    def test_a_kubeconfig_without_certificates_is_named(self):
        with self.assertRaisesRegex(node.NodeError, "not a kubeconfig"):
            api.Api(kubeconfig="/dev/null")
        with self.assertRaisesRegex(node.NodeError, "No such file"):
            api.Api(kubeconfig="/nowhere")


class Manifests(unittest.TestCase):
    def test_no_latest_and_no_default_secret(self):
        for folder, _folders, names in os.walk(ROOT):
            if "/tests" in folder or folder.endswith("__pycache__"):
                continue
            for name in names:
                text = open(os.path.join(folder, name), encoding="utf-8").read()
                self.assertNotRegex(text, r"image: .*:latest|version: latest", name)
                self.assertNotRegex(text, re.compile(r"(password|token|secret): [\"']?[a-z0-9]{6,}", re.I), name)


if __name__ == "__main__":
    unittest.main()
