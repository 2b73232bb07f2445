"""As much of the NATS protocol as it takes to publish anything and to look into streams."""

import base64
import json
import socket


class Broker:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=10)
        self.stream = self.socket.makefile("rb")
        self.info = json.loads(self.stream.readline().split(b" ", 1)[1])
        self.socket.sendall(b'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n'
                            b"SUB _INBOX.test 1\r\n")

    def close(self):
        self.socket.close()

    def publish(self, subject, payload, reply=""):
        head = f"PUB {subject} {reply + ' ' if reply else ''}{len(payload)}\r\n".encode()
        self.socket.sendall(head + payload + b"\r\n")

    def request(self, subject, payload=b""):
        """The first answer; None where nobody listens."""
        self.publish(subject, payload, "_INBOX.test")
        while True:
            line = self.stream.readline()
            words = line.split()
            if words[0] == b"PING":
                self.socket.sendall(b"PONG\r\n")
            elif words[0] in (b"MSG", b"HMSG"):
                body = self.stream.read(int(words[-1]) + 2)[:-2]
                return None if words[0] == b"HMSG" and b"503" in body[:16] else body
            elif words[0] == b"-ERR":
                raise OSError(line.decode())

    def api(self, call, **request):
        answer = json.loads(self.request(f"$JS.API.{call}", json.dumps(request).encode() if request else b""))
        if "error" in answer:
            raise OSError(f'{call}: {answer["error"]["description"]}')
        return answer

    def put(self, subject, payload):
        """Published and acknowledged: its sequence in the stream."""
        return json.loads(self.request(subject, payload))["seq"]

    def messages(self, stream):
        """Everything in a stream: [(subject, headers, body)]."""
        state = self.api(f"STREAM.INFO.{stream}")["state"]
        found = []
        for sequence in range(state["first_seq"], state["last_seq"] + 1):
            message = self.api(f"STREAM.MSG.GET.{stream}", seq=sequence)["message"]
            lines = base64.b64decode(message.get("hdrs", "")).decode().split("\r\n")[1:]
            headers = dict(line.split(": ", 1) for line in lines if ": " in line)
            found.append((message["subject"], headers, base64.b64decode(message.get("data", ""))))
        return found
