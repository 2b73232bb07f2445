#!/usr/bin/python3
"""The RocksDB engine as ratios to RocksDB itself, given the same rows with the same options in the same process."""

import pathlib
import shutil
import sys
import tempfile

from report import Report, figures, options, spread
from rig import BIN


def main():
    wanted = options(runs=3, trades=5_000_000)
    report = Report(f"storage: {wanted.trades} trades of eight instruments; an hour of books")
    runs = []
    for _ in range(wanted.runs):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-bench-storage-"))
        try:
            runs.append(figures([BIN / "mp-bench-storage", folder, wanted.trades]))
        finally:
            shutil.rmtree(folder)
    found = {name: [run[name] for run in runs] for name in runs[0]}
    report.compare("append", "rows/s", found["append_engine"], found["append_raw"], 0, at_least=0.6)
    report.compare("scan", "rows/s", found["scan_engine"], found["scan_raw"], 0, at_least=0.4)
    report.bound("bytes a trade on disk", "B", found["bytes_a_trade"], at_most=30)
    report.note(f'as a row {spread(found["row_bytes_a_trade"])} B; packing: {spread(found["pack"])} rows/s')
    report.bound("page of 1000 / raw, p99", "x",
                 [page / raw for page, raw in zip(found["page_engine_p99"], found["page_raw_p99"])], at_most=3)
    report.bound("book at any instant, p99", "ms", found["book_p99"], at_most=20)
    report.note(f'answers in chunks, without gRPC: rows {spread(found["query_rows"])}/s, '
                f'columns {spread(found["query_columns"])}/s')
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
