"""An instrument moves between ClickHouse shards, of which one has a replica, as a task of the scheduler while the market goes on;
storage is killed in the middle of a move. Afterwards every event that was sent is stored once."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
import zookeeper
from accounting import Accounting
from system import System, eventually

SYMBOL = "BTC-USDT"
DATABASE = "marketprism"


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
@unittest.skipUnless(zookeeper.INSTALLED, "no zookeeper is installed (Debian: zookeeper, default-jre-headless)")
class ShardMoveTest(Accounting, unittest.TestCase):
    rate = 200

    def setUp(self):
        system = self.system = System(["--generate", "--seed", "11", "--rate", str(self.rate), "--log-raw", "0",
                                       "--symbols", f"{SYMBOL},ETH-USDT"])
        self.addCleanup(system.__exit__, None, None, None)
        keeper = zookeeper.ZooKeeper(system.folder / "keeper")
        system.processes["keeper"] = keeper.start()
        self.servers = {}
        for name in ("a", "a-replica", "b"):
            server = self.servers[name] = clickhouse.ClickHouse(
                system.folder / name, keeper.port if name != "b" else None)
            system.processes[f"clickhouse {name}"] = server.start()
        system.settings["storage"] = {
            "storage.engine": "clickhouse", "clickhouse.database": DATABASE, "clickhouse.batch.max_delay": "200ms",
            "clickhouse.shards.a.url": self.servers["a"].url, "clickhouse.shards.b.url": self.servers["b"].url,
            "clickhouse.shards.a.replicas": self.servers["a-replica"].url, "clickhouse.watch_replicas_every": "200ms"}
        system.start()

    def rows_at(self, server):
        tables = [name for name, in self.servers[server].ask(f"SHOW TABLES FROM {DATABASE}")
                  if name == "receipts" or name.endswith("_rows")]
        return sum(int(self.servers[server].ask(f"SELECT count() FROM {DATABASE}.{table} WHERE symbol = '{SYMBOL}'")[0][0])
                   for table in tables)

    def place(self):
        return next(name for name in ("a", "b") if self.rows_at(name) > 0)

    def submit(self, to):
        answer = self.system.service("gateway", "/api/v1/tasks", "POST", {"kind": "shard_move", "payload": {
            "exchange": "binance", "market": "spot", "symbol": SYMBOL, "to": to}})
        self.assertEqual(answer.status // 100, 2, answer.body)
        return answer.json()["data"]["task_id"]

    def task(self, of):
        return self.system.get(f"tasks/{of}")["data"]

    def over(self, of):
        eventually("the task is over", lambda: self.task(of)["status"] in ("succeeded", "failed", "dead", "cancelled"), 120)
        return self.task(of)

    def result(self, of):
        row = self.over(of)
        self.assertEqual(row["status"], "succeeded", f"{row}\n{self.system.processes['storage'].tail()}")
        return row["result"]

    def moves_under_way(self):
        return int(self.servers["a"].ask(
            f"SELECT count() FROM (SELECT argMax(deleted, revision) AS gone FROM {DATABASE}.state WHERE kind = 'move' "
            "GROUP BY key) WHERE gone = 0")[0][0])

    def check_place(self, to):
        other = "b" if to == "a" else "a"
        self.assertGreater(self.rows_at(to), 0)
        self.assertEqual(self.rows_at(other), 0, f"nothing is left on {other}")
        self.assertEqual(self.moves_under_way(), 0)
        if to == "b":
            eventually("the replica has let go of it", lambda: self.rows_at("a-replica") == 0, 60)

    def test_an_instrument_moves_there_and_back_while_the_market_goes_on(self):
        eventually("the instrument is stored", lambda: self.rows_at("a") + self.rows_at("b") > 100, 60)
        for _ in range(2):
            to = "b" if self.place() == "a" else "a"
            result = self.result(self.submit(to))
            self.assertEqual(result["to"], to)
            self.assertGreater(result["rows"], 0)
            self.check_place(to)
            self.let_it_run(self.system, 1)

        # Killed in the middle of it: whoever asks again has it ended, and then elsewhere.
        home = self.place()
        to = "b" if home == "a" else "a"
        first = self.submit(to)
        eventually("the move has begun", lambda: self.moves_under_way() == 1 or self.task(first)["status"] != "pending", 30)
        self.system.processes["storage"].kill()
        self.system.start_service("storage")
        self.assertEqual(self.result(self.submit(to))["to"], to)
        self.check_place(to)
        self.assertIn("no shard is named nowhere", self.over(self.submit("nowhere"))["error"])
        self.check(self.system, self.finish(self.system))


if __name__ == "__main__":
    cases.main()
