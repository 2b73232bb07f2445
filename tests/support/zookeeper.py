"""A real ZooKeeper on a free loopback port, the keeper of replicated ClickHouse tables."""

import pathlib
import socket

from system import HOST, Process, eventually, free_ports

JAVA, ARCHIVE = "/usr/bin/java", "/usr/share/java/zookeeper.jar"  # Debian's
INSTALLED = all(pathlib.Path(path).exists() for path in (JAVA, ARCHIVE))


class ZooKeeper:
    def __init__(self, folder):
        (self.port,) = free_ports(1)
        (folder / "data").mkdir(parents=True)
        config = folder / "zoo.cfg"
        config.write_text(f"tickTime=500\nclientPortAddress={HOST}\nclientPort={self.port}\ndataDir={folder}/data\n"
                          "admin.enableServer=false\n4lw.commands.whitelist=srvr\n")
        self.process = Process("zookeeper", [JAVA, "-Xmx128m", "-cp", ARCHIVE,
                                             "org.apache.zookeeper.server.ZooKeeperServerMain", config], folder)

    def start(self):
        self.process.start()
        eventually("ZooKeeper takes clients", self.serves, 60)
        return self.process

    def serves(self):
        with socket.create_connection((HOST, self.port), timeout=10) as peer:
            peer.sendall(b"srvr")
            return b"Mode: " in b"".join(iter(lambda: peer.recv(4096), b""))
