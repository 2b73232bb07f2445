"""Runs unittest cases and leaves a JUnit report where GTEST_OUTPUT asks for one, so that tests/run.py counts them."""

import os
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree


class _Result(unittest.TextTestResult):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.rows = []

    def startTest(self, test):
        self.started = time.monotonic()
        super().startTest(test)

    def _row(self, test, tag=None, message=""):
        self.rows.append((test.id(), time.monotonic() - getattr(self, "started", time.monotonic()), tag, message))

    def addSuccess(self, test):
        super().addSuccess(test)
        self._row(test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._row(test, "failure", self._exc_info_to_string(error, test))

    def addError(self, test, error):
        super().addError(test, error)
        self._row(test, "error", self._exc_info_to_string(error, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._row(test, "skipped", reason)


def main():
    runner = unittest.TextTestRunner(resultclass=_Result, verbosity=2, failfast=False)
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = runner.run(suite)
    target = os.environ.get("GTEST_OUTPUT", "")
    if target.startswith("xml:"):
        root = ElementTree.Element("testsuites")
        for name, seconds, tag, message in result.rows:
            owner, _, method = name.rpartition(".")
            case = ElementTree.SubElement(root, "testcase", classname=owner, name=method, time=f"{seconds:.3f}")
            if tag:
                ElementTree.SubElement(case, tag, message=message[:4000])
        ElementTree.ElementTree(root).write(target[4:])
    sys.exit(0 if result.wasSuccessful() else 1)
