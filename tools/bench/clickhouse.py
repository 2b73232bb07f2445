#!/usr/bin/python3
"""The ClickHouse engine as ratios to the same server given the same rows by clickhouse-client and asked by hand."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from report import Report, figures, options, spread
from rig import BIN
import clickhouse

ENGINE, BY_HAND = "bench", "by_hand"
ROWS = "trade_rows"


class Client:
    """clickhouse-client on the server's native port."""

    def __init__(self, server, folder):
        self.base = ["clickhouse-client", "--host", "127.0.0.1", "--port", server.tcp_port,
                     "--allow_experimental_low_cardinality_type=1", "--query"]
        self.rows = folder / "rows.native"

    def run(self, query, **files):
        began = time.monotonic()
        done = subprocess.run([*map(str, self.base), query], capture_output=not files.get("stdout"), **files)
        if done.returncode != 0:
            raise SystemExit(f"{query}: {done.stderr}")
        return time.monotonic() - began, done.stdout

    def insert_rate(self, trades):
        """The rows that the engine wrote, once more into a table of the same definition; its own start is taken off."""
        self.run(f"CREATE DATABASE IF NOT EXISTS {BY_HAND}")
        self.run(f"DROP TABLE IF EXISTS {BY_HAND}.{ROWS}")
        _, definition = self.run(f"SHOW CREATE TABLE {ENGINE}.{ROWS} FORMAT TabSeparatedRaw")
        self.run(definition.decode().replace(f"{ENGINE}.{ROWS}", f"{BY_HAND}.{ROWS}"))
        with open(self.rows, "wb") as out:
            self.run(f"SELECT * FROM {ENGINE}.{ROWS} FORMAT Native", stdout=out)
        start, _ = self.run("SELECT 1 FORMAT Null")
        with open(self.rows, "rb") as rows:
            took, _ = self.run(f"INSERT INTO {BY_HAND}.{ROWS} FORMAT Native", stdin=rows)
        self.run(f"DROP TABLE {BY_HAND}.{ROWS}")
        return trades / (took - start)


def measure(trades):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-bench-clickhouse-"))
    server = clickhouse.ClickHouse(folder)
    try:
        server.start()
        found = figures([BIN / "mp-bench-clickhouse", server.url, ENGINE, trades])
        found["append_client"] = Client(server, folder).insert_rate(trades)
        return found
    finally:
        server.process.kill()
        shutil.rmtree(folder)


def main():
    wanted = options(runs=3, trades=4_000_000)
    if not clickhouse.SERVER:
        print("clickhouse: no clickhouse-server is installed")
        return 0
    report = Report(f"clickhouse: {wanted.trades} trades of eight instruments, blocks of 100000")
    runs = [measure(wanted.trades) for _ in range(wanted.runs)]
    found = {name: [run[name] for run in runs] for name in runs[0]}
    report.compare("insert / clickhouse-client", "rows/s", found["append_engine"], found["append_client"], 0, at_least=0.8)
    report.compare("stream rows / raw fetch", "rows/s", found["query_rows"], found["fetch_raw"], 0, at_least=0.5)
    for part in ("p50", "p99"):
        report.compare(f"page of 1000 / by hand, {part}", "ms", found[f"page_engine_{part}"], found[f"page_by_hand_{part}"],
                       1e9, at_most=4)
    report.note(f'as packed columns {spread(found["query_columns"])} rows/s, the engine\'s cursor alone '
                f'{spread(found["scan_engine"])}')
    report.note(f'by hand: as stored {spread(found["fetch_raw"])}, sorted {spread(found["fetch_sorted"])}, sorted and each '
                f'event once {spread(found["fetch_once"])}, FINAL {spread(found["fetch_final"])} rows/s')
    report.note(f'page by hand without telling repeats apart: p50 {spread(found["page_without_once_p50"])} ms, '
                f'p99 {spread(found["page_without_once_p99"])} ms')
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
