"""What dashboards show of ClickHouse replicas, under a real Prometheus."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
import monitoring
import stored
import zookeeper
from prometheus import Prometheus
from system import System, eventually

TITLE = "ClickHouse replicas"


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
@unittest.skipUnless(zookeeper.INSTALLED, "no zookeeper is installed (Debian: libzookeeper-java, default-jre-headless)")
class ReplicasTest(unittest.TestCase):
    def test_they_are_shown(self):
        system = System(["--generate", "--rate", "200"], evidence=False)
        self.addCleanup(system.__exit__, None, None, None)
        keeper = zookeeper.ZooKeeper(system.folder / "keeper")
        system.processes["keeper"] = keeper.start()
        servers = [clickhouse.ClickHouse(system.folder / name, keeper.port) for name in ("first", "second")]
        for number, server in enumerate(servers):
            system.processes[f"clickhouse {number}"] = server.start()
        system.settings["storage"] = {
            "storage.engine": "clickhouse", "clickhouse.batch.max_delay": "200ms", "clickhouse.watch_replicas_every": "200ms",
            "clickhouse.shards.a.url": servers[0].url, "clickhouse.shards.a.replicas": servers[1].url}
        system.start()
        eventually("something is stored", lambda: stored.count(system) > 100, 60)
        prometheus = Prometheus(system)
        waiting = {query["expr"] for definition in monitoring.definitions().values() for panel in definition["panels"]
                   if panel["title"] == TITLE for query in panel["queries"]}
        self.assertTrue(waiting)

        def shown():
            stored.count(system)
            return all(prometheus.query(query) for query in waiting)
        eventually("all queries of the panel have results", shown, 60)


if __name__ == "__main__":
    cases.main()
