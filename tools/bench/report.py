"""How the bench says what it measured: absolute figures, their ceiling, the ratio, its target, PASS or MISS."""

import argparse
import statistics
import subprocess

NAME_WIDTH = 32
SUSPICIOUS = 0.8  # a ceiling this much worse than usual wants an explanation


def number(value):
    for size, suffix in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * size or (suffix == "M" and abs(value) >= size):
            return f"{value / size:.2f}{suffix}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


def spread(values):
    if len(values) == 1:
        return number(values[0])
    return f"{number(statistics.median(values))} [{number(min(values))}-{number(max(values))}]"


def options(**defaults):
    """Numbers that the command line may change: --runs 1."""
    parser = argparse.ArgumentParser()
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def runs(values):
    return f"{len(values)} run{'s' if len(values) > 1 else ''}"


def figures(arguments):
    """Runs a measuring program; its figures by name."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{arguments[0]}: exit {done.returncode}\n{done.stderr}")
    rows = (line.split("\t") for line in done.stdout.splitlines() if "\t" in line)
    return {name: float(value) for name, value, _ in rows}


class Report:
    """Prints as it goes and remembers whether every target was met."""

    def __init__(self, title):
        self.met = True
        print(title, flush=True)

    def note(self, text):
        print(f"    {text}", flush=True)

    def _verdict(self, value, at_least, at_most):
        met = value >= at_least if at_least is not None else value <= at_most
        self.met = self.met and met
        bound = f">= {at_least:g}" if at_least is not None else f"<= {at_most:g}"
        return f"target {bound}  {'PASS' if met else 'MISS'}"

    def compare(self, name, unit, values, ceilings, usual, at_least=None, at_most=None):
        """A figure against a ceiling measured beside it, run by run. `usual`: the ceiling on a machine at rest."""
        ratios = [value / ceiling for value, ceiling in zip(values, ceilings)]
        print(f"{name:<{NAME_WIDTH}} ceiling {spread(ceilings)}  measured {spread(values)} {unit}, {runs(values)}"
              f"  ratio {spread(ratios)}  {self._verdict(statistics.median(ratios), at_least, at_most)}", flush=True)
        ceiling = statistics.median(ceilings)
        worse = ceiling < SUSPICIOUS * usual if at_least is not None else ceiling > usual / SUSPICIOUS
        if worse:
            self.note(f"note: the ceiling is usually {number(usual)} {unit}; this machine is slower, or busy")

    def bound(self, name, unit, values, at_most=None, at_least=None):
        """A figure with a bound of its own."""
        print(f"{name:<{NAME_WIDTH}} measured {spread(values)} {unit}, {runs(values)}"
              f"  {self._verdict(statistics.median(values), at_least, at_most)}", flush=True)
