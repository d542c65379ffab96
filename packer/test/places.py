"""Where things are; the lab's helpers are those of the playbook's own tests."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PACKER = os.path.dirname(HERE)
PROJECT = os.path.dirname(PACKER)
ANSIBLE = os.path.join(PROJECT, "ansible")
CACHE = os.environ["KUBESMITH_CACHE"]
os.environ.setdefault("KUBESMITH_TEST_INSTANCE", "packer-test")
sys.path.insert(0, os.path.join(ANSIBLE, "tests"))
sys.dont_write_bytecode = True
