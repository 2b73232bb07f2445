#!/usr/bin/env python3
"""Writes the versions of deploy/versions.env into k8s/production and docker-compose*.yml; --check only says where they differ."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def versions():
    lines = (ROOT / "deploy/versions.env").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.removesuffix("_VERSION").lower().replace("_", "-"): version for name, version in pairs}


def main():
    wanted, stale = versions(), []
    files = sorted((ROOT / "k8s/production").glob("*.yaml")) + sorted(ROOT.glob("docker-compose*.yml"))
    for file in files:
        if file.is_symlink():
            continue
        text = file.read_text()
        new = re.sub(r"\bmarketprism/([a-z-]+):([\w.-]+)", lambda m: f"marketprism/{m[1]}:{wanted[m[1]]}", text)
        if new != text:
            stale.append(file.name)
            if "--check" not in sys.argv:
                file.write_text(new)
    if stale and "--check" in sys.argv:
        sys.exit(f"k8s/set-versions.py has not been run: {', '.join(stale)}")


if __name__ == "__main__":
    main()
