#!/usr/bin/env python3
"""clang-tidy over the sources, a few at a time. Prints the findings of each file, and all that it said where it crashed.

usage: tools/lint/tidy.py <build folder> [--since REVISION] [--jobs N] [file ...]
The build folder has compile_commands.json and the generated headers. With --since: what differs from that
revision, and what includes a header that does. Exit 1 with findings.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed

ROOTS = ("libs/", "services/", "tools/")
# g++'s own flags; what clang says beside the checks is g++'s business.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error"]
# A test need not reserve.
TESTS = ["--checks=-performance-inefficient-vector-operation"]


def git(*arguments):
    shown = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    return shown.stdout.splitlines()


def is_source(name):
    return name.endswith((".cpp", ".hpp")) and name.startswith(ROOTS + ("tests/",))


def include_name(header):
    """How others include it: the path below libs/, services/ or tools/."""
    return header.split("/", 1)[1]


def changed_units(revision, units):
    changed = set(filter(is_source, git("diff", "--name-only", revision) +
                         git("ls-files", "--others", "--exclude-standard")))
    headers = [f'"{include_name(name)}"' for name in changed if name.endswith(".hpp")]
    return [unit for unit in units
            if unit in changed or any(header in pathlib.Path(unit).read_text() for header in headers)]


def compiled(build, folder):
    """Units of the compilation database, as paths below the source folder. Its copy in `folder` is without the
    precompiled headers: clang cannot read those of g++."""
    here = os.getcwd() + "/"
    entries = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    for entry in entries:
        entry["command"] = re.sub(r"-Winvalid-pch\s+-include\s+\S+", "", entry["command"])
    (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(entries))
    return {entry["file"].removeprefix(here) for entry in entries}


def check(build, unit):
    checks = TESTS if unit.endswith("_test.cpp") or "/test/" in unit else []
    done = subprocess.run(["clang-tidy", "-p", build, "--quiet", *EXTRA, *checks, unit], capture_output=True, text=True)
    crashed = done.returncode < 0 or done.returncode > 1
    # Its stderr counts the warnings of foreign headers; only a crash or an error of its own is of interest.
    said = done.stdout + (done.stderr if crashed or (done.returncode and not done.stdout) else "")
    return unit, done.returncode, said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--since")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    database = tempfile.TemporaryDirectory(prefix="mp-tidy-")
    known = compiled(options.build, database.name)
    units = [name for name in options.files or git("ls-files", "*.cpp")
             if name in known and name.startswith(ROOTS) and pathlib.Path(name).exists()]
    if options.since:
        units = changed_units(options.since, units)
    bad = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for done in as_completed([pool.submit(check, database.name, unit) for unit in units]):
            unit, code, said = done.result()
            if code == 0:
                continue
            bad += 1
            print(f"-- {unit} (exit {code})\n{said}", flush=True)
    print(f"clang-tidy: {len(units)} files, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
