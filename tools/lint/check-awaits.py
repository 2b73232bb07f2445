#!/usr/bin/env python3
"""g++ 12 miscompiles a co_await in the condition of if, while or switch (the frame is corrupt at run time).

A variable declared inside the condition is fine: if (const Status s = co_await F(); !s.ok()).
"""

import re
import subprocess
import sys

START = re.compile(r"\b(if|while|switch)\s*(?:constexpr\s*)?\(")
DECLARES = re.compile(r"^[^;(]*[\w>&*]\s+[&*]?\w+\s*=\s*(?:\*|std::move\()*\s*co_await\b")


def condition(text, start):
    depth = 0
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return text[start + 1:index]
    return ""


def main():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.hpp", "*.cpp"],
        capture_output=True, text=True, check=True).stdout.split()
    bad = 0
    for name in listed:
        try:
            text = re.sub(r"//[^\n]*", lambda m: " " * len(m.group()), open(name).read())
        except FileNotFoundError:
            continue
        for match in START.finditer(text):
            inside = condition(text, match.end() - 1)
            if "co_await" in inside and not DECLARES.match(inside.strip()):
                line = text.count("\n", 0, match.start()) + 1
                print(f"{name}:{line}: co_await in a condition: await into a named variable first")
                bad += 1
    print(f"awaits: {bad} in conditions")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
