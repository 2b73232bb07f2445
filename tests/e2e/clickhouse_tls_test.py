"""ClickHouse over TLS, asked so seldom that the server closes connections in between, as old ones do after 3 s: that is no failed batch."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
from certificates import Authority
from system import System, eventually, free_ports

CONFIG = """<keep_alive_timeout>1</keep_alive_timeout><https_port>{port}</https_port><openSSL><server>
<certificateFile>{certificate}</certificateFile><privateKeyFile>{key}</privateKeyFile><caConfig>{ca}</caConfig>
<verificationMode>none</verificationMode><disableProtocols>sslv2,sslv3</disableProtocols></server></openSSL></yandex>"""


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
class ClickHouseTlsTest(unittest.TestCase):
    def test_connections_that_were_idle_are_not_trusted(self):
        system = System(["--generate", "--rate", "50", "--symbols", "BTC-USDT"], evidence=False)
        self.addCleanup(system.__exit__, None, None, None)
        ours = Authority(system.folder / "tls")
        ours.issue("localhost")
        certificate, key = ours.pair("localhost")
        port, = free_ports(1)
        server = clickhouse.ClickHouse(system.folder / "clickhouse")
        config = server.folder / "config.xml"
        config.write_text(config.read_text().replace("</yandex>", CONFIG.format(port=port, certificate=certificate, key=key, ca=ours.ca)))
        system.processes["clickhouse"] = server.process
        server.start()
        system.settings["storage"] = {"storage.engine": "clickhouse", "clickhouse.url": f"https://localhost:{port}",
                                      "clickhouse.batch.max_delay": "2s", "tls.ca_file": ours.ca}
        system.start_nats()
        system.start_sim()
        system.start_services(("storage", "collector"))
        # libcurl forgives a handle five requests on a connection that is gone, in all its life.
        eventually("fifteen batches are stored", lambda: system.metric("storage", "marketprism_store_commit_seconds_count") >= 15, 120)
        self.assertEqual(system.metric("storage", "marketprism_store_commit_failures_total"), 0, system.processes["storage"].tail())


if __name__ == "__main__":
    cases.main()
