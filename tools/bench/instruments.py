#!/usr/bin/python3
"""Many instruments on one collector: 500 of them, 2,500 streams, 50,000 messages a second, on at most one core."""

import sys
import time

from report import Report, options
from rig import Rig, system

RATE = 50_000
SHORTFALL = 0.02  # of the rate, that counts as carried all the same


class Crowd(Rig):
    """As a Rig, with other symbols."""

    def __init__(self, count):
        super().__init__(["--rate", RATE], {"collector": {"venues.binance_spot.snapshot_depth": 100}})
        self.sim_arguments[self.sim_arguments.index("--symbols") + 1] = ",".join(f"C{i:03}-USDT" for i in range(count))


def messages(rig):
    return rig.metric("collector", "marketprism_messages_total", lambda line: 'status="ok"' in line)


def books(rig):
    return rig.metric("collector", "marketprism_book_resyncs_total")


def measure(rig, seconds):
    """Messages a second that reached the collector and that the broker has; cores used."""
    began, was, spent = time.monotonic(), messages(rig), {name: rig.cpu_seconds(name) for name in rig.processes}
    time.sleep(seconds)
    passed = time.monotonic() - began
    used = {name: (rig.cpu_seconds(name) - before) / passed for name, before in spent.items()}
    return (messages(rig) - was) / passed, used


def main():
    wanted = options(instruments=500, seconds=20)
    report = Report(f"instruments: {wanted.instruments} on one collector at {RATE} messages/s, books kept")
    with Crowd(wanted.instruments) as rig:
        rig.start_nats()
        rig.start_sim()
        rig.start_service("collector")
        system.eventually("every book is in step", lambda: books(rig) >= wanted.instruments, 180)
        rate, used = measure(rig, wanted.seconds)
        waiting = rig.metric("collector", "marketprism_spool_records")
        gaps = rig.metric("collector", "marketprism_gaps_total")
        report.note(f"{rate:.0f} messages/s, {waiting:.0f} batches not acknowledged at the end, {gaps:.0f} gaps,"
                    f" {rig.processes['collector'].rss_bytes() >> 20} MiB")
        for name, cores in used.items():
            report.note(f"{name} used {cores:.2f} cores")
        report.bound("missing of the rate", "messages/s", [max(0.0, RATE - rate)], at_most=RATE * SHORTFALL)
        report.bound("cores of the collector", "cores", [used["collector"]], at_most=1.0)
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
