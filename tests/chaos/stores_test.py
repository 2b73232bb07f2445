"""Two stores of different engines take one made-up market: messages overtake each other and come twice, the storages and the
ClickHouse server are killed while they write. Afterwards both hold what was sent: every event, sums to the last decimal, and
pages that begin anywhere, over gRPC, REST and SQL.

MP_EVENTS sets the size (default 200000), MP_SECONDS in what time it is sent (default 10; 0: as fast as it goes), MP_KILLS how
often each process is killed (default 2).
"""

import decimal
import os
import pathlib
import random
import subprocess
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
import stored
from system import BIN, HOST, System, eventually

EVENTS = int(os.environ.get("MP_EVENTS", "200000"))
KILLS = int(os.environ.get("MP_KILLS", "2"))
PATIENCE = 120 + EVENTS // 5_000
SECONDS = int(os.environ.get("MP_SECONDS", "10"))
SEED = 7
PAGES = 200
SOURCE = BIN / "mp-chaos-source"
STORES = {"storage": "rocksdb", "storage-2": "clickhouse"}
BUS = {"bus.ack_wait": "3s", "bus.keep": "24h", "bus.keep_bytes": "16GiB", "bus.stream_max_bytes": "16GiB"}
FIRST = ("binance", "spot", "BTC-USDT")  # whose trades are the source's first series


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
class StoresTest(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        system = self.system = System(evidence=False)
        self.addCleanup(system.__exit__, None, None, None)
        system.start_nats()
        self.server = clickhouse.ClickHouse(system.folder / "clickhouse")
        system.processes["clickhouse"] = self.server.process
        self.server.start()
        system.settings["storage"] = {**BUS, "storage.pack_after": "0s"}  # blocks come and go all the while
        system.settings["storage-2"] = {
            "storage.engine": "clickhouse", "clickhouse.url": self.server.url,
            "clickhouse.batch.max_messages": min(4096, max(50, EVENTS // 5000)), "clickhouse.batch.max_delay": "200ms",
            "bus.durable": "clickhouse", "storage.path": system.folder / "storage-2"}
        for store in STORES:
            system.start_service(store)

    def source(self, what, *arguments):
        done = subprocess.run([str(a) for a in (SOURCE, what, EVENTS, SEED, *arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{what}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def sql(self, query):
        return self.server.ask(query, "marketprism")

    def floor(self, store):
        """How far a store is; 0 while it does not say."""
        try:
            return self.system.metric(store, "marketprism_store_ack_floor")
        except OSError:
            return 0

    def inserting(self):
        under_way = self.sql("SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO %\\_rows %'")[0][0]
        return "inserting" if under_way != "0" else None

    def done(self, publisher):
        """Everything is sent and stored: nothing is left to be killed in."""
        return "done" if publisher.poll() is not None and self.floor("storage-2") == self.system.stream_end() else None

    def test_whatever_is_killed_they_hold_what_was_sent(self):
        system = self.system
        began = time.monotonic()
        rate = EVENTS // 200 // SECONDS if SECONDS else 0
        publisher = subprocess.Popen([str(SOURCE), "publish", str(EVENTS), str(SEED),
                                      f'nats://{HOST}:{system.ports["nats"]}', str(rate)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(publisher.kill)
        messages = EVENTS // 200
        killed = {"clickhouse": 0, "storage": 0, "storage-2": 0}
        for number in range(1, KILLS + 1):
            due = messages * number // (KILLS + 1)
            eventually("ClickHouse's storage goes on", lambda: self.floor("storage-2") > due, PATIENCE)
            inserting = eventually("an insert is under way", lambda: self.inserting() or self.done(publisher), PATIENCE)
            killed["clickhouse"] += inserting == "inserting"
            system.processes["clickhouse"].kill()
            self.server.start()
            before = self.floor("storage-2")
            eventually("storage-2 goes on", lambda: self.floor("storage-2") > before or self.done(publisher), PATIENCE)
            for store in STORES:
                killed[store] += self.floor(store) < system.stream_end()
                system.processes[store].kill()
                system.start_service(store, wait=False)
            for store in STORES:
                # What a busy server still does for the one that was killed, its successor waits for.
                system.wait_ready(store, PATIENCE)
        sent = int(publisher.communicate(timeout=PATIENCE)[0])
        self.assertEqual(publisher.returncode, 0)
        self.assertEqual(system.stream_end(), sent)
        for store in STORES:
            eventually(f"{store} has everything", lambda: self.floor(store) == sent, PATIENCE)
        print(f"{EVENTS} events in {sent} messages, stored in {time.monotonic() - began:.0f} s; killed before the end: {killed}",
              flush=True)
        self.assertGreater(killed["clickhouse"] + killed["storage-2"], 0)
        self.compare()

    def compare(self):
        system = self.system
        sums = {store: self.source("compare", f"{HOST}:{system.grpc_port[store]}", PAGES) for store in STORES}
        self.assertEqual(sums["storage"], sums["storage-2"])
        self.assertEqual(sum(int(line[2]) for line in sums["storage"]), EVENTS)
        for store in STORES:
            self.assertEqual(system.metric(store, "marketprism_storage_reconciliation_difference"), 0, store)
            self.assertEqual(system.metric(store, "marketprism_dead_letters_total"), 0, store)
        self.compare_in_sql(sums["storage-2"])
        for number, store in enumerate(STORES, 1):
            self.compare_over_rest(f"gateway-{number}", store)
        print(f"{len(sums['storage'])} series, {PAGES} pages over gRPC, 20 over REST: equal on both engines", flush=True)

    def compare_in_sql(self, sums):
        for table in ("trade", "book_delta", "bbo", "ticker", "mark_price"):
            for exchange, market, symbol, count in self.sql(
                    f"SELECT exchange, market, symbol, count() FROM {table} GROUP BY exchange, market, symbol"):
                expected = next(line for line in sums if line[:2] == [f"{exchange}|{market}|{symbol}", table])
                self.assertEqual(count, expected[2], expected)
        rows = self.sql("SELECT exchange, market, symbol, count(), sum(price), sum(quantity) FROM trade "
                        "GROUP BY exchange, market, symbol")
        self.assertEqual({"|".join(row[:3]): row[3:] for row in rows},
                         {line[0]: line[2:] for line in sums if line[1] == "trade"})

    def compare_over_rest(self, gateway, store):
        # In a registry of its own, where it knows only the store whose address it is given.
        front = System(evidence=False)
        self.addCleanup(front.__exit__, None, None, None)
        front.start_nats()
        front.settings["gateway"] = {"upstream.storage_url": f"http://{HOST}:{self.system.http_port[store]}"}
        front.start_service(gateway)
        exchange, market, symbol = FIRST
        for _ in range(10):
            first = self.random.randrange(EVENTS * 4 // 60)
            expected = self.source("trades", first, 500)
            query = urllib.parse.urlencode({"exchange": exchange, "market": market, "symbol": symbol, "limit": 500,
                                            "start": expected[0][0]})
            answer = front.service(gateway, f"/api/v1/trades?{query}")
            self.assertEqual(answer.status, 200, answer.body[:300])
            rows = [[str(stored.ns(row["order_ts"])), str(row["trade_id"]), decimal.Decimal(row["price"]),
                     decimal.Decimal(row["quantity"])] for row in answer.json()["data"]]
            self.assertEqual(rows, [[at, trade, decimal.Decimal(price), decimal.Decimal(quantity)]
                                    for at, trade, price, quantity in expected])


if __name__ == "__main__":
    cases.main()
