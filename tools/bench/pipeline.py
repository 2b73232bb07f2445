#!/usr/bin/python3
"""Pre-recorded frames at full speed through all processes: events committed in the store a second."""

import sys
import time

from report import Report, figures, options, spread
from rig import BIN, Rig, system

MESSAGES = 3_000_000
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 10
USUAL_PUBLISH = 276_000


def committed_rate(rig):
    """From the first frame that the simulator sends to the commit of the last event; and cores used meanwhile."""
    rig.start_sim()
    rig.start_service("storage")
    rig.start_service("collector", wait=False)
    system.eventually("frames are sent", lambda: rig.sim_status()["sent"] > 0)
    begin = progress_at = time.monotonic()
    spent = {name: rig.cpu_seconds(name) for name in rig.processes}
    committed = 0
    while committed < MESSAGES:
        time.sleep(LOOK_SECONDS)
        before, committed = committed, rig.committed()
        now = time.monotonic()
        progress_at = now if committed > before else progress_at
        if now - progress_at > PATIENCE_SECONDS:
            raise SystemExit(f"pipeline: stands still at {committed:.0f} of {MESSAGES} events")
    seconds = time.monotonic() - begin
    return committed / seconds, {name: (rig.cpu_seconds(name) - was) / seconds for name, was in spent.items()}


def main():
    runs = options(runs=5).runs
    report = Report("pipeline: pre-recorded frames at full speed, from the socket to committed in RocksDB")
    ceilings, rates, cores = [], [], []
    for _ in range(runs):
        with Rig(["--rate", "max", "--count", MESSAGES]) as rig:
            rig.start_nats()
            ceilings.append(figures([BIN / "mp-bench-jetstream", rig.broker])["publish"])
            rate, used = committed_rate(rig)
            rates.append(rate)
            cores.append(used)
    report.compare("events committed / cnats publish", "/s", rates, ceilings, USUAL_PUBLISH, at_least=0.7)
    for name in cores[0]:
        report.note(f"{name} used {spread([used[name] for used in cores])} cores")
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
