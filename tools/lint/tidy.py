#!/usr/bin/env python3
"""clang-tidy over the sources, a few at a time. Prints the findings of each file, and all that it said where it crashed.

usage: tools/lint/tidy.py <build folder> [--since REVISION] [--jobs N] [file ...]
The build folder has been built: it has compile_commands.json, the generated headers and what each object was made of.
With --since: what differs from that revision, and what includes a header that does. Files without findings are
remembered by content, headers and checks included (~/.cache/marketprism-tidy), and not looked at again.
Exit 1 with findings.
"""

import argparse
import functools
import hashlib
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


def commands(build):
    """The commands of the compilation database by unit, as a path below the source folder; without the precompiled
    headers: clang cannot read those of g++."""
    here = os.getcwd() + "/"
    found = {}
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
        entry["command"] = re.sub(r"-Winvalid-pch\s+-include\s+\S+", "", entry["command"])
        found[entry["file"].removeprefix(here)] = entry
    return found


def inputs(build):
    """What the build read for each unit, from ninja's log: files of this project and generated ones."""
    here = os.getcwd() + "/"
    listed = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    found = {}
    for block in listed.split("\n\n"):
        names = [os.path.normpath(os.path.join(build, line.strip())).removeprefix(here)
                 for line in block.splitlines()[1:]]
        if names:
            found[names[0]] = sorted(name for name in names if not name.startswith("/"))
    return found


@functools.cache
def content(name):
    return hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest()


class Memory:
    """Which contents were found clean."""

    def __init__(self, build, known):
        self.folder = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "marketprism-tidy"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.known = known
        self.inputs = inputs(build)
        tool = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
        self.base = tool + content(".clang-tidy") + content(__file__)

    def place(self, unit):
        """Where it is written down that the unit, as it is now, has no finding; nothing where its inputs are unknown."""
        if unit not in self.inputs or not all(pathlib.Path(name).exists() for name in self.inputs[unit]):
            return None
        command = self.known[unit]["command"].replace(os.getcwd(), "")
        text = "\n".join([self.base, command, *(f"{name} {content(name)}" for name in self.inputs[unit])])
        return self.folder / hashlib.sha256(text.encode()).hexdigest()


def check(database, unit):
    checks = TESTS if unit.endswith("_test.cpp") or "/test/" in unit else []
    done = subprocess.run(["clang-tidy", "-p", database, "--quiet", *EXTRA, *checks, unit], capture_output=True, text=True)
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
    build = os.path.realpath(options.build)
    known = commands(build)
    database = tempfile.TemporaryDirectory(prefix="mp-tidy-")
    (pathlib.Path(database.name) / "compile_commands.json").write_text(json.dumps(list(known.values())))
    units = [name for name in options.files or git("ls-files", "*.cpp")
             if name in known and name.startswith(ROOTS) and pathlib.Path(name).exists()]
    if options.since:
        units = changed_units(options.since, units)
    memory = Memory(build, known)
    places = {unit: memory.place(unit) for unit in units}
    fresh = [unit for unit in units if places[unit] is None or not places[unit].exists()]
    bad = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for done in as_completed([pool.submit(check, database.name, unit) for unit in fresh]):
            unit, code, said = done.result()
            if code == 0:
                if places[unit] is not None:
                    places[unit].touch()
                continue
            bad += 1
            print(f"-- {unit} (exit {code})\n{said}", flush=True)
    print(f"clang-tidy: {len(units)} files, {bad} with findings ({len(units) - len(fresh)} known to be clean)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
