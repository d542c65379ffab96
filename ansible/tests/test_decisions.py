"""The decision tables for init and join, row by row (guides: reliability, A.2.4 and A.2.5)."""

import itertools
import unittest

from support import load

tables = load("module_utils/kubesmith_decisions.py")

HEALTHY = {"readyz": True, "kubeadm_config": True, "own_node": True, "control_planes": 1}
DOWN = {"readyz": False, "kubeadm_config": False, "own_node": False, "control_planes": 0}


def facts(traces=("kubelet_conf", "admin_conf"), stamped=False, step=None, api=None):
    return {"traces": list(traces), "stamped": stamped, "step": step, "api": api or DOWN}


class Init(unittest.TestCase):
    def decide(self, known, ever_ready=False, operation="op"):
        return tables.decide_init(known, ever_ready, operation)[0]

    def test_nothing_there(self):
        self.assertEqual(self.decide(facts(traces=())), "init")

    def test_nothing_there_of_a_cluster_that_was_ready_is_for_people(self):
        self.assertEqual(self.decide(facts(traces=()), ever_ready=True), "refuse")

    def test_healthy_and_stamped(self):
        self.assertEqual(self.decide(facts(stamped=True, api=HEALTHY)), "skip")
        self.assertEqual(self.decide(facts(stamped=True, api=HEALTHY), ever_ready=True), "skip")

    def test_healthy_without_stamp_counts_when_the_init_ended_well(self):
        self.assertEqual(self.decide(facts(step={"rc": 0}, api=HEALTHY)), "skip")
        self.assertEqual(self.decide(facts(step={"rc": 1}, api=HEALTHY)), "reset")
        self.assertEqual(self.decide(facts(step={}, api=HEALTHY)), "reset")

    def test_partial_is_reset_only_when_it_never_was_ready(self):
        self.assertEqual(self.decide(facts()), "reset")
        self.assertEqual(self.decide(facts(), ever_ready=True), "refuse")

    def test_each_missing_sign_of_health_makes_it_partial(self):
        for sign in ("readyz", "kubeadm_config", "own_node"):
            with self.subTest(sign=sign):
                self.assertEqual(self.decide(facts(step={"rc": 0}, api=dict(HEALTHY, **{sign: False}))), "reset")

    def test_a_second_etcd_member_is_never_reset_away(self):
        self.assertEqual(self.decide(facts(api=dict(HEALTHY, own_node=False, control_planes=2))), "refuse")

    def test_at_most_three_attempts_in_one_operation(self):
        self.assertEqual(self.decide(facts(step={"operation": "op", "attempt": 2, "rc": 1})), "reset")
        self.assertEqual(self.decide(facts(step={"operation": "op", "attempt": 3, "rc": 1, "message": "no disk"})), "refuse")
        self.assertEqual(self.decide(facts(step={"operation": "other", "attempt": 3, "rc": 1})), "reset")

    def test_a_cluster_that_was_ready_is_never_reset(self):
        signs = itertools.product((False, True), repeat=6)
        for traces, stamped, readyz, config, own, ended in signs:
            known = facts(("pki",) if traces else (), stamped, {"rc": 0 if ended else 1}, {"readyz": readyz, "kubeadm_config": config, "own_node": own, "control_planes": 1})
            self.assertIn(self.decide(known, ever_ready=True), ("skip", "refuse"))


class Join(unittest.TestCase):
    MINE = {"machine_id": "m1", "kubelet_conf": True}
    NEW = {"machine_id": "m1", "kubelet_conf": False}

    def node(self, machine="m1", ready="True"):
        return {"machine_id": machine, "ready": ready}

    def test_table(self):
        rows = [
            (self.NEW, None, "join"),
            (self.MINE, self.node(), "skip"),
            (self.MINE, self.node(ready="False"), "skip"),
            (self.MINE, self.node(ready="Unknown"), "rejoin"),
            (self.MINE, None, "rejoin"),
            (self.NEW, self.node(), "join"),
            (self.NEW, self.node(machine="old"), "join"),
            (self.MINE, self.node(machine="old"), "rejoin"),
        ]
        for worker, node, expected in rows:
            with self.subTest(worker=worker, node=node):
                self.assertEqual(tables.decide_join(worker, node), expected)


if __name__ == "__main__":
    unittest.main()
