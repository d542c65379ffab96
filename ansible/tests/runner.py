"""Runs the test modules given (default: all without a node; with --names, names each test) and prints one line of totals."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


def main():
    arguments = [name for name in sys.argv[1:] if name not in ("--lab", "--names")]
    if not arguments:
        arguments = sorted(name[:-3] for name in os.listdir(HERE) if name.startswith("test_") and name.endswith(".py"))
    if "--lab" in sys.argv:
        arguments += ["lab_playbook", "lab_upkeep"]
    result = unittest.TextTestRunner(verbosity=2 if "--names" in sys.argv else 1).run(unittest.defaultTestLoader.loadTestsFromNames(arguments))
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed%s" % (result.testsRun - failed - len(result.skipped), failed, ", %d skipped" % len(result.skipped) if result.skipped else ""))
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
