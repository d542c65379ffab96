"""What a cluster of one control plane and one worker costs at least on hosts of the lab: machines, kubeadm and the network by hand, with
nothing around it. Prints a line of JSON, in seconds. Needs root."""

import concurrent.futures
import json
import os
import re
import time

from lab_playbook import CP, KUBECTL, OVERRIDES, W1, Lab
from support import ROOT, order

MANIFEST = os.path.join(ROOT, "roles", "cni", "templates", "kube-router.yaml.j2")
#: What images for Kubernetes have, and the lab's has not.
CONTAINERD = """version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "%s"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true
"""
PREPARE = ("sudo sysctl --quiet --write net.ipv4.ip_forward=1 && sudo mkdir -p /etc/containerd && sudo tee /etc/containerd/config.toml "
           "> /dev/null && sudo systemctl restart containerd")
NODES = {CP: "bare-cp-1", W1: "bare-w-1"}


def version(pattern):
    """The newest of what the playbook would take."""
    with open(os.path.join(ROOT, "versions.yml"), encoding="utf-8") as source:
        return re.findall(pattern, source.read())[-1]


def registration(address, overrides):
    return {"name": NODES[address], "criSocket": "unix:///run/containerd/containerd.sock", "imagePullPolicy": "IfNotPresent",
            "ignorePreflightErrors": overrides["kubeadm"]["ignore_preflight_errors"],
            "kubeletExtraArgs": [{"name": "node-ip", "value": address}]}


def init_input(overrides):
    values = order()
    api = "kubeadm.k8s.io/v1beta4"
    documents = [
        {"apiVersion": api, "kind": "InitConfiguration", "localAPIEndpoint": {"advertiseAddress": CP, "bindPort": 6443},
         "nodeRegistration": registration(CP, overrides)},
        {"apiVersion": api, "kind": "ClusterConfiguration", "kubernetesVersion": "v" + values["kubernetes_version"],
         "networking": {"podSubnet": values["pod_cidr"], "serviceSubnet": values["service_cidr"]}},
        {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "systemd",
         "serializeImagePulls": False, **overrides["kubelet"]},
        {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "iptables", **overrides["kube_proxy"]},
    ]
    return "\n---\n".join(map(json.dumps, documents))


def join_input(command, overrides):
    """A JoinConfiguration with what `kubeadm token create --print-join-command` says."""
    found = re.search(r"join (\S+) --token (\S+) --discovery-token-ca-cert-hash (\S+)", command)
    return json.dumps({
        "apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "JoinConfiguration", "nodeRegistration": registration(W1, overrides),
        "discovery": {"bootstrapToken": {"apiServerEndpoint": found.group(1), "token": found.group(2), "caCertHashes": [found.group(3)]}}})


def give(lab, address, command, stdin):
    done = lab.ssh(address, command, stdin=stdin)
    if done.returncode != 0:
        raise AssertionError("%s: %s" % (command, done.stderr or done.stdout))


def measure():
    with open(OVERRIDES, encoding="utf-8") as source:
        overrides = json.load(source)
    with open(MANIFEST, encoding="utf-8") as source:
        manifest = re.sub(r"(?s)\{#.*?#\}", "", source.read())
    manifest = re.sub(r"\{\{.*?\}\}", json.dumps(version(r"image: (\S*kube-router\S*)")), manifest)
    seconds, lab = {}, Lab()
    began = time.monotonic()

    def over(part):
        seconds[part] = time.monotonic() - began - sum(seconds.values())

    try:
        lab.boot(*((name, address, "golden") for address, name in NODES.items()))
        for address in NODES:
            give(lab, address, PREPARE, CONTAINERD % version(r"pause_image: (\S+)"))
        over("machines")
        give(lab, CP, "cat > kubeadm.yaml && sudo kubeadm init --config kubeadm.yaml", init_input(overrides))
        over("init")
        with concurrent.futures.ThreadPoolExecutor() as both:
            network = both.submit(give, lab, CP, KUBECTL + "apply -f -", manifest)
            command = lab.say(CP, "sudo kubeadm token create --print-join-command")
            give(lab, W1, "cat > kubeadm.yaml && sudo kubeadm join --config kubeadm.yaml", join_input(command, overrides))
            network.result()
        over("join and network")
        lab.say(CP, KUBECTL + "wait --for=condition=Ready nodes --all --timeout=90s")
        lab.say(CP, KUBECTL + "-n kube-system rollout status deployment/coredns --timeout=90s")
        over("ready")
        return seconds
    finally:
        lab.close()


if __name__ == "__main__":
    print(json.dumps(measure()), flush=True)
