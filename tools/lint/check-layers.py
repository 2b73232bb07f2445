#!/usr/bin/env python3
"""Checks the include rule of CONTRIBUTING.md: never upward, never sideways except as listed."""

import pathlib
import re
import subprocess
import sys

BASE = {"base"}
RUNTIME = BASE | {"runtime"}
BUS = RUNTIME | {"config", "reliability", "bus", "telemetry", "tls"}
ALLOWED = {
    "base": set(),
    "model": BASE,
    "runtime": BASE,
    "config": BASE,
    "net": RUNTIME,
    "telemetry": RUNTIME | {"net", "config"},
    "reliability": RUNTIME | {"telemetry"},
    "auth": BASE,
    "backup": BASE,
    "wire": BASE | {"model"},
    "rows": BASE | {"model"},
    "bus": BUS,
    "tls": RUNTIME | {"config", "net", "telemetry"},
    "rpc": RUNTIME | {"telemetry", "tls"},
    "redis": RUNTIME | {"config", "net", "reliability", "telemetry"},
    "registry": BUS | {"wire", "model"},
    "tasks": BUS | {"wire", "model"},
}
SERVICES = {"collector", "storage", "gateway", "scheduler"}
TOOLS = {"mpctl", "exchange-sim", "bench", "lint"}
# Third-party headers that only the library wrapping them may show in a public header.
WRAPPED = {
    r"boost/": {"runtime", "net", "rpc"},
    r"nats/|nats\.h": set(),
    r"hiredis/": set(),
    r"rocksdb/": {"storage"},
    r"yaml-cpp/": set(),
    r"grpc": {"rpc"},
}
INCLUDE = re.compile(r'^\s*#include\s+(["<])([^">]+)[">]')


def files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.hpp", "*.cpp"],
        capture_output=True, text=True, check=True).stdout.split()
    return [pathlib.Path(name) for name in listed if pathlib.Path(name).exists()]


def module(path):
    parts = path.parts
    return (parts[0], parts[1]) if parts[0] in ("libs", "services", "tools") and len(parts) > 2 else None


def is_test(path):
    return path.name.endswith(("_test.cpp", "_fixture.hpp", "_fixture.cpp")) or path.parts[1] == "testing" or "test" in path.parts[2:-1]


def violations(path):
    where = module(path)
    if where is None:
        return
    kind, name = where
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, target = match.group(1) == '"', match.group(2)
        top = target.split("/")[0]
        if quoted and target.startswith("."):
            yield number, f"relative include {target}"
        if quoted and "/" in target and not is_test(path):
            if top == "testing":
                yield number, "only tests include testing/"
            elif kind == "libs" and top != name and top in ALLOWED | dict.fromkeys(SERVICES | TOOLS):
                if top not in ALLOWED.get(name, set()):
                    yield number, f"libs/{name} may not include {top}/"
            elif kind == "services" and top in SERVICES - {name}:
                yield number, f"services/{name} may not include another service ({top}/)"
            elif kind == "services" and top in TOOLS:
                yield number, f"services/{name} may not include a tool ({top}/)"
            elif kind == "tools" and top in SERVICES and name != "bench":
                yield number, f"tools/{name} may not include a service ({top}/)"
        if not quoted and kind == "libs" and path.suffix == ".hpp" and "detail" not in path.parts:
            for pattern, owners in WRAPPED.items():
                if re.match(pattern, target) and name not in owners and name != "testing":
                    yield number, f"{target} in a public header of libs/{name}"


def main():
    bad = [(path, number, what) for path in files() for number, what in violations(path)]
    for path, number, what in bad:
        print(f"{path}:{number}: {what}")
    print(f"layers: {len(bad)} violations")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
