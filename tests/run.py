#!/usr/bin/env python3
"""Runs the test binaries by tier and counts their cases.

Last line: "N passed, N failed, N skipped". With MP_CAPTURES set, a case that skips for want of captures
has failed. A binary that crashes or hangs counts as one failure beside the cases it finished.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

TIERS = ["unit", "integration", "e2e", "chaos"]
PARALLEL = {"unit": os.cpu_count() or 1, "integration": 2}


def discover(build):
    shown = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, capture_output=True, text=True, check=True)
    for test in json.loads(shown.stdout)["tests"]:
        if "command" not in test:
            yield {"name": test["name"], "tier": "unit", "command": None}
            continue
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        yield {
            "name": test["name"],
            "tier": properties.get("LABELS", ["unit"])[0],
            "command": test["command"],
            "timeout": float(properties.get("TIMEOUT", 120)),
            "environment": dict(e.split("=", 1) for e in properties.get("ENVIRONMENT", [])),
        }


def count(report, captures_required):
    passed, failed, skipped, failures = 0, 0, 0, []
    for case in ElementTree.parse(report).iter("testcase"):
        name = f'{case.get("classname")}.{case.get("name")}'
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            failures.append(name)
        elif skip is not None or case.get("status") == "notrun":
            if captures_required and "MP_CAPTURES" in (skip.get("message", "") if skip is not None else ""):
                failed += 1
                failures.append(name + " (skipped although MP_CAPTURES is set)")
            else:
                skipped += 1
        else:
            passed += 1
    return passed, failed, skipped, failures


def excerpt(log):
    """What a failed case said, where cases are told apart; else the end of it all."""
    lines = log.read_text(errors="replace").splitlines(keepends=True)
    said, case = [], []
    for line in lines:
        if line.startswith("[ RUN "):
            case = []
        case.append(line)
        if line.startswith("[  FAILED  ]") and line.rstrip().endswith("ms)"):
            said += case[-60:]
    return "".join(said[-240:] or lines[-60:])


def run(test, folder, captures_required):
    if test["command"] is None:
        return test, 0, 1, 0, ["not built"], 0.0, None
    report = folder / f'{test["name"]}.xml'
    log = folder / f'{test["name"]}.log'
    left = folder / test["name"]  # what it writes; kept where it fails
    left.mkdir()
    environment = {**os.environ, **test["environment"], "GTEST_OUTPUT": f"xml:{report}", "TMPDIR": str(left)}
    started = time.monotonic()
    with open(log, "w") as out:
        process = subprocess.Popen(test["command"], stdout=out, stderr=subprocess.STDOUT, env=environment,
                                   start_new_session=True)
        try:
            code = process.wait(timeout=test["timeout"])
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            code = "timeout"
    elapsed = time.monotonic() - started
    passed = failed = skipped = 0
    failures = []
    try:
        passed, failed, skipped, failures = count(report, captures_required)
        # A test that is no gtest binary writes its own report, or is one case by its exit code.
    except (FileNotFoundError, ElementTree.ParseError):
        if code == 0:
            passed = 1
    if code != 0 and failed == 0:
        failed = 1
        failures.append(f"exit {code}")
    if failed == 0:
        shutil.rmtree(left, ignore_errors=True)
    return test, passed, failed, skipped, failures, elapsed, log


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--tier", action="append")
    parser.add_argument("--filter", default="")
    parser.add_argument("--exclude", action="append", default=[])
    options = parser.parse_args()
    captures_required = bool(os.environ.get("MP_CAPTURES"))
    build = pathlib.Path(options.build).resolve()
    tests = [t for t in discover(build)
             if (not options.tier or t["tier"] in options.tier) and options.filter in t["name"]
             and not any(word in t["name"] for word in options.exclude)]
    totals = [0, 0, 0]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-tests-"))
    for tier in TIERS:
        chosen = [t for t in tests if t["tier"] == tier]
        if not chosen:
            continue
        print(f"== {tier}", flush=True)
        with ThreadPoolExecutor(PARALLEL.get(tier, 1)) as pool:
            for test, passed, failed, skipped, failures, elapsed, log in pool.map(
                    lambda t: run(t, folder, captures_required), chosen):
                totals = [a + b for a, b in zip(totals, (passed, failed, skipped))]
                mark = "FAIL" if failed else "ok"
                print(f'{mark:4} {test["name"]}: {passed} passed, {failed} failed, {skipped} skipped ({elapsed:.1f} s)',
                      flush=True)
                for name in failures:
                    print(f"       {name}")
                if failed and log is not None:
                    print(excerpt(log), flush=True)
    print(f"logs: {folder}")
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main())
