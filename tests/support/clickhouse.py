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
<mark_cache_size>67108864</mark_cache_size></yandex>"""


class ClickHouse:
    def __init__(self, folder):
        http, tcp = free_ports(2)
        self.url = f"http://{HOST}:{http}"
        for name in ("store", "tmp", "formats"):
            (folder / name).mkdir(parents=True)
        (folder / "users.xml").write_text(USERS)
        (folder / "config.xml").write_text(CONFIG.format(http=http, tcp=tcp, folder=folder))
        self.process = Process("clickhouse", [SERVER, f"--config-file={folder}/config.xml"], folder)

    def start(self):
        self.process.start()
        eventually("ClickHouse answers", lambda: urllib.request.urlopen(self.url + "/ping", timeout=10).read() == b"Ok.\n", 60)
        return self.process
