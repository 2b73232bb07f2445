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
WINDOW = 60  # seconds: a figure is the median of its samples; write buffers fill and empty meanwhile
LIMIT_MIB = 300


def follow(rig, seconds):
    return subprocess.Popen([BIN / "mp-bench-subscribe", rig.gateway, str(seconds + 60), "0"], stdout=subprocess.DEVNULL)


def query(rig):
    for kind in ("trade", "bbo", "book_delta"):
        rig.get("events", exchange="binance", market="spot", symbol="BTC-USDT", data_type=kind)
    rig.get("orderbook", exchange="binance", market="spot", symbol="ETH-USDT")


def sample(rig, seconds):
    """[(second, {service: MiB})]: RSS without what configured caches hold."""
    rows, begin = [], time.monotonic()
    for now in every(SAMPLE_SECONDS, begin + seconds):
        query(rig)
        used = {name: rig.processes[name].rss_bytes() / MIB for name in rig.SERVICES}
        used["storage"] -= rig.metric("storage", "marketprism_store_cache_bytes") / MIB
        used["gateway"] -= rig.metric("gateway", "marketprism_cache_bytes") / MIB
        rows.append((now - begin, used))
    return rows


def median(rows, name, end):
    return statistics.median(used[name] for at, used in rows if end - WINDOW <= at <= end)


def main():
    wanted = options(seconds=600, settled=120)
    report = Report(f"memory: {RATE} messages/s for {wanted.seconds} s; RSS without configured caches")
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
        early, late = (median(rows, name, end) for end in (wanted.settled, rows[-1][0]))
        report.note(f"{name}: {early:.1f} MiB after {wanted.settled} s, {late:.1f} MiB at the end")
        report.bound(f"{name}, growth", "%", [100 * (late - early) / early], at_most=5)
        report.bound(f"{name}, at the end", "MiB", [late], at_most=LIMIT_MIB)
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
