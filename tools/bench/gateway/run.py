#!/usr/bin/python3
"""The gateway's speed as ratios to bare servers beside it: starts a whole system on free ports, stores a
million trades, then measures each part and its ceiling in turn."""

import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from report import Report, figures, options, spread  # noqa: E402
from rig import BIN, HOST, Rig, system  # noqa: E402

BENCH = BIN / "mp-bench-gateway"
STORED, QUOTED = "BENCH-USDT", "BTC-USDT"
FIRST_ID = 3_400_000_000
UNLIMITED = 1_000_000_000
CACHED_ROWS = 5
CLOSED_SECONDS = 30
NOT_YET_PACKED = 2_001  # a block needs so many, and a row behind it


class Ceilings:
    """The bare servers, in a process of their own."""

    def __enter__(self):
        self.process = subprocess.Popen([BENCH, "ceilings"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        grpc, self.http = self.process.stdout.readline().split()
        self.grpc = f"{HOST}:{grpc}"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)


def answer(rig, path, symbol, **parameters):
    """Rows of the gateway's answer; none while it knows nothing."""
    query = "".join(f"&{name}={value}" for name, value in parameters.items())
    got = rig.service("gateway", f"/api/v1/{path}?exchange=binance&symbol={symbol}{query}")
    return got.json()["data"] if got.status == 200 else []


def store_trades(rig, count):
    """Stores trades of yesterday, one a millisecond."""
    first_ts = (int(time.time()) - 86_400) * 10**9
    subprocess.run([BENCH, "load", "--nats", rig.broker, "--symbol", STORED, "--trades", str(count),
                    "--first-id", str(FIRST_ID), "--first-ts", str(first_ts)], check=True)
    last = str(FIRST_ID + count - 1)
    system.eventually("the trades are stored", lambda: any(
        row["trade_id"] == last for row in answer(rig, "trades", STORED, limit=1)), 60)
    system.eventually("they are packed as columns", lambda: rig.metric(
        "storage", "marketprism_store_packed_trades_total") > count - NOT_YET_PACKED, 120)


def closed_question(rig, since):
    """A question about live trades whose interval is over and complete: what the gateway keeps the answer of."""
    path = (f"/api/v1/trades?exchange=binance&symbol={QUOTED}&limit={CACHED_ROWS}"
            f"&start={since}&end={since + CLOSED_SECONDS * 10**9}")

    def whole():
        got = rig.service("gateway", path)
        return got.status == 200 and len(got.json()["data"]) == CACHED_ROWS and got.json()["coverage"]["complete"]
    system.eventually("the interval is over", lambda: time.time_ns() > since + (CLOSED_SECONDS + 12) * 10**9, 60)
    system.eventually("its answer is complete", whole, 60)
    return path


def measure(runs, part, *arguments):
    """Lists of figures by name, one element a run."""
    done = [figures([BENCH, part, *arguments]) for _ in range(runs)]
    return {name: [run[name] for run in done] for name in done[0]}


def main():
    chosen = options(runs=7, rows=1_000_000)
    report = Report("gateway: a live system; ceilings: bare servers on the same machine, in turn")
    limits = {"limits.anonymous": UNLIMITED, "limits.global": UNLIMITED}
    with Rig(["--rate", "20"], {"gateway": limits}) as rig, Ceilings() as ceilings:
        rig.start(("storage", "collector", "gateway"))
        store_trades(rig, chosen.rows)
        system.eventually("a live quote", lambda: answer(rig, "bbo", QUOTED))
        live_since = time.time_ns()

        to = ("--gateway", rig.gateway, "--ceiling", ceilings.grpc, "--exchange", "binance")
        found = measure(chosen.runs, "unary", *to, "--symbol", QUOTED)
        report.compare("GetBbo, 64 outstanding", "calls/s", found["gateway"], found["ceiling"], 65e3, at_least=0.5)

        found = measure(chosen.runs, "rows", *to, "--symbol", STORED, "--rows", chosen.rows)
        report.compare(f"{chosen.rows} stored trades", "rows/s", found["gateway"], found["ceiling"], 9.6e6,
                       at_least=0.2)
        # 8 of 38 million on a machine at rest.
        report.compare("the same as packed columns", "rows/s", found["columns"], found["ceiling of columns"], 38e6,
                       at_least=0.21)

        found = measure(chosen.runs, "rest", "--gateway", rig.http_port["gateway"], "--ceiling", ceilings.http,
                        "--path", closed_question(rig, live_since))
        report.compare(f'cached GET of {found["size"][0]:.0f} B', "req/s", found["gateway"], found["ceiling"], 0,
                       at_least=0.5)
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
