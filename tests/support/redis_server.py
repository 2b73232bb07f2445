"""A real redis-server for tests: keeps nothing on disk."""

import socket

from system import HOST, Process, eventually, free_ports


class Redis:
    """`arguments` beside the port: "--requirepass", "secret"."""

    def __init__(self, folder, *arguments):
        self.port = free_ports(1)[0]
        self.url = f"redis://{HOST}:{self.port}"
        self.process = Process("redis", ["redis-server", "--bind", HOST, "--port", self.port, "--save", "",
                                         "--appendonly", "no", "--dir", folder, *arguments], folder)

    def start(self):
        self.process.start()
        eventually("Redis is up", self.answers)
        return self

    def answers(self):
        """Whether it is ours that answers: the port may have been taken by another."""
        assert self.process.running(), f"redis-server ended:\n{self.process.tail()}"
        return "eady to accept connections" in self.process.tail() and self.ask("PING").startswith(("+PONG", "-NOAUTH"))

    def kill(self):
        self.process.kill()

    def ask(self, *words):
        """The first line of the answer."""
        with socket.create_connection((HOST, self.port), timeout=5) as connection:
            connection.sendall(f'{" ".join(words)}\r\n'.encode())
            return connection.makefile("rb").readline().decode().strip()
