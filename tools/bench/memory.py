#!/usr/bin/python3
"""Does memory stay flat? 10 minutes at 20,000 messages a second, with a subscriber and REST queries."""

import statistics
import subprocess
import sys
import time

from report import Report, options
from rig import BIN, Rig, every, system

RATE = 20_000
MIB = 1 << 20
SAMPLE_SECONDS = 2
WINDOW = 20  # seconds: a figure is the median of its samples
LIMIT_MIB = 300
# What each service's configuration lets it cache.
CACHES_MIB = {"storage": 64 + 64}


def follow(rig, seconds):
    return subprocess.Popen([BIN / "mp-bench-subscribe", rig.gateway, str(seconds + 60), "0"], stdout=subprocess.DEVNULL)


def query(rig):
    for kind in ("trade", "bbo", "book_delta"):
        rig.get("events", exchange="binance", market="spot", symbol="BTC-USDT", data_type=kind)
    rig.get("orderbook", exchange="binance", market="spot", symbol="ETH-USDT")


def sample(rig, seconds):
    """[(second, {service: RSS in MiB})]"""
    rows, begin = [], time.monotonic()
    for now in every(SAMPLE_SECONDS, begin + seconds):
        query(rig)
        rows.append((now - begin, {name: rig.processes[name].rss_bytes() / MIB for name in rig.SERVICES}))
    return rows


def median(rows, name, end):
    return statistics.median(rss[name] for at, rss in rows if end - WINDOW <= at <= end)


def main():
    wanted = options(seconds=600, settled=120)
    report = Report(f"memory: {RATE} messages/s for {wanted.seconds} s")
    with Rig(["--rate", RATE], {"gateway": {"limits.anonymous": 1_000_000}}) as rig:
        rig.start()
        system.eventually("events are stored", lambda: rig.committed() > RATE)
        before, began = rig.committed(), time.monotonic()
        subscriber = follow(rig, wanted.seconds)
        try:
            rows = sample(rig, wanted.seconds)
        finally:
            subscriber.kill()
            subscriber.wait()
        report.note(f"committed {(rig.committed() - before) / (time.monotonic() - began):.0f} events/s")
    for name in Rig.SERVICES:
        cache = CACHES_MIB.get(name, 0)
        early, late = (median(rows, name, end) - cache for end in (wanted.settled, rows[-1][0]))
        report.note(f"{name}: RSS without {cache} MiB of caches: {early:.0f} MiB after {wanted.settled} s, "
                    f"{late:.0f} MiB at the end")
        report.bound(f"{name} growth", "%", [100 * (late - early) / early], at_most=5)
        report.bound(f"{name} RSS", "MiB", [late], at_most=LIMIT_MIB)
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
