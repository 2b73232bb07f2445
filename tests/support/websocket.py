"""As much of RFC 6455 as a client of text frames needs."""

import base64
import json
import os
import socket
import struct

HOST = "127.0.0.1"


class Closed(Exception):
    """The other side's last word."""

    def __init__(self, payload):
        self.code = struct.unpack("!H", payload[:2])[0] if payload else None
        super().__init__(f"{self.code} {payload[2:].decode()}")


class WebSocket:
    def __init__(self, port, path, headers=None, timeout=10, context=None):
        self.socket = socket.create_connection((HOST, port), timeout=timeout)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname=HOST)
        key = base64.b64encode(os.urandom(16)).decode()
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{more}\r\n").encode())
        self.stream = self.socket.makefile("rb")
        self.status = self.stream.readline()
        self.headers = {}
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            self.headers[name.strip().lower()] = value.strip()

    def send(self, message, opcode=1):
        payload = json.dumps(message).encode() if opcode == 1 else message
        mask = os.urandom(4)
        size = len(payload)
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size) if size < 126 else \
            struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size) if size < 65536 else \
            struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def receive(self):
        first, second = self.stream.read(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack("!H", self.stream.read(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.stream.read(8))[0]
        payload = self.stream.read(size)
        if first & 0x0F == 8:
            raise Closed(payload)
        if first & 0x0F == 9:
            self.send(payload, opcode=10)
        return json.loads(payload) if first & 0x0F == 1 else self.receive()

    def close(self):
        self.stream.close()
        self.socket.close()
