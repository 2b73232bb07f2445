"""A real clickhouse-server on free loopback ports, with its store in a test's folder."""

import os
import urllib.request

from system import HOST, Process, eventually, free_ports

SERVER = next((path for path in ("/usr/sbin/clickhouse-server", "/usr/bin/clickhouse-server") if os.path.exists(path)), None)

USERS = """<yandex><profiles><default><max_threads>2</max_threads></default></profiles>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
<quota>default</quota></default></users><quotas><default></default></quotas></yandex>"""

CONFIG = """<yandex><logger><level>warning</level><console>1</console></logger><listen_host>127.0.0.1</listen_host>
<http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><path>{folder}/store/</path><tmp_path>{folder}/tmp/</tmp_path>
<format_schema_path>{folder}/formats/</format_schema_path><users_config>{folder}/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database><timezone>UTC</timezone>
<mark_cache_size>67108864</mark_cache_size>{more}</yandex>"""

# With a keeper, and where other replicas fetch from.
KEEPER = """<zookeeper><node><host>127.0.0.1</host><port>{keeper}</port></node>
<session_timeout_ms>15000</session_timeout_ms></zookeeper>
<interserver_http_host>127.0.0.1</interserver_http_host><interserver_http_port>{own}</interserver_http_port>"""


class ClickHouse:
    def __init__(self, folder, keeper=None, config=""):
        """`keeper`: port of the ZooKeeper whose replicated tables it may have; `config`: further lines of its configuration."""
        http, tcp, interserver = free_ports(3)
        more = config + (KEEPER.format(keeper=keeper, own=interserver) if keeper else "")
        self.url, self.tcp_port = f"http://{HOST}:{http}", tcp
        for name in ("store", "tmp", "formats"):
            (folder / name).mkdir(parents=True)
        self.folder = folder
        self.set_profile("")
        (folder / "config.xml").write_text(CONFIG.format(http=http, tcp=tcp, folder=folder, more=more))
        self.process = Process("clickhouse", [SERVER, f"--config-file={folder}/config.xml"], folder)

    def start(self):
        self.process.start()
        eventually("ClickHouse answers", lambda: urllib.request.urlopen(self.url + "/ping", timeout=10).read() == b"Ok.\n", 60)
        return self.process

    def set_profile(self, lines):
        """Lines for the default profile, which count from the next start on."""
        (self.folder / "users.xml").write_text(USERS.replace("</max_threads>", f"</max_threads>{lines}"))

    def ask(self, sql, database="default"):
        """Rows of a query as lists of texts."""
        with urllib.request.urlopen(f"{self.url}/?database={database}", data=sql.encode(), timeout=60) as answer:
            return [line.split("\t") for line in answer.read().decode().splitlines()]
