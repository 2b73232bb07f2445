#!/usr/bin/python3
"""5,000 messages a second, one by one: from the socket read to a gRPC subscriber, and to a REST answer."""

import sys
import time

from report import Report, figures, options, spread
from rig import BIN, Rig, every, system

import stored

RATE = 5000
SECONDS = 15
WARM_UP = 3
USUAL_ECHO_US = 75
REST_SECONDS = 10
REST_LOOKS = 0.05  # seconds between two looks at a series: part of the figure
REST_SERIES = ("trade", "bbo")
COSTS = {"nats": "broker", "gateway": "gateway", "collector": "collector", "storage": "storage"}


def echo():
    return figures([BIN / "mp-bench-echo"])


def subscriber(rig):
    return figures([BIN / "mp-bench-subscribe", rig.gateway, SECONDS, WARM_UP])


def answered(rig):
    """Seconds from the socket read to the first REST answer that has the event, of every event of the series."""
    delays, newest = [], {}
    for _ in every(REST_LOOKS, time.monotonic() + REST_SECONDS):
        for kind in REST_SERIES:
            rows = rig.get("events", exchange="binance", market="spot", symbol="BTC-USDT", data_type=kind, limit=500)
            now = time.time()
            received = [stored.ns(row["received_ts"]) for row in rows["data"]]
            known = newest.get(kind)
            delays += [now - ns / 1e9 for ns in received if known is not None and ns > known]
            newest[kind] = max(received, default=known)
    return sorted(delays)


def one_run():
    with Rig(["--rate", RATE], {"gateway": {"limits.anonymous": 1_000_000}}) as rig:
        rig.start()
        system.eventually("events are stored", lambda: rig.committed() > RATE)
        spent, events = {name: rig.cpu_seconds(name) for name in COSTS}, rig.committed()
        followed = subscriber(rig)
        events = rig.committed() - events
        costs = {name: (rig.cpu_seconds(name) - before) / events * 1e6 for name, before in spent.items()}
        delays = answered(rig)
        return followed, delays[int(0.99 * (len(delays) - 1))], costs


def main():
    runs = options(runs=5).runs
    report = Report(f"latency: {RATE} messages/s arriving singly, from the collector's socket read")
    echoes, followed, rest, costs = [], [], [], []
    for _ in range(runs):
        echoes.append(echo())
        live, delay, cost = one_run()
        followed.append(live)
        rest.append(delay)
        costs.append(cost)
    ceiling = [figure["echo p50"] for figure in echoes]
    for name, most in (("p50", 5), ("p99", 30)):
        values = [figure[name] for figure in followed]
        report.compare(f"gRPC subscriber {name} / echo p50", "us", values, ceiling, USUAL_ECHO_US, at_most=most)
    for name in ("events", "events a message", "p90", "max"):
        report.note(f"subscriber's {name}: {spread([figure[name] for figure in followed])}")
    for name, role in COSTS.items():
        report.note(f"CPU of the {role} an event: {spread([cost[name] for cost in costs])} us")
    report.note(f"echo's p99: {spread([figure['echo p99'] for figure in echoes])} us")
    report.bound("REST answer has the event, p99", "s", rest, at_most=1)
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
