"""Starts the real binaries on loopback for end-to-end and chaos tests, each system with its own ports and folder."""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

SOURCE = pathlib.Path(os.environ.get("MP_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("MP_BIN_DIR", SOURCE / "build/release/bin"))
CAPTURES = os.environ.get("MP_CAPTURES", "")
HOST = "127.0.0.1"


def eventually(what, condition, seconds=30.0):
    """Waits until condition() is truthy and returns its value; fails naming what was waited for."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
        except (OSError, urllib.error.URLError, ValueError, KeyError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}" + (f" ({last})" if last else ""))
        time.sleep(0.05)


_given_ports = set()  # somebody may not listen on his yet


def free_ports(count):
    """Ports that were free a moment ago, outside the range the kernel hands out by itself; none is given twice."""
    for _ in range(200):
        base = random.randrange(10000, 30000)
        if _given_ports.intersection(range(base, base + count)):
            continue
        sockets = []
        try:
            for port in range(base, base + count):
                sock = socket.socket()
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sockets.append(sock)
                sock.bind((HOST, port))
            _given_ports.update(range(base, base + count))
            return list(range(base, base + count))
        except OSError:
            continue
        finally:
            for sock in sockets:
                sock.close()
    raise AssertionError("no free ports")


class Process:
    """One child process with its log; can be killed and started again with the same arguments."""

    def __init__(self, name, arguments, folder, environment=None):
        self.name, self.arguments = name, [str(a) for a in arguments]
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def start(self):
        assert not self.running(), f"{self.name} runs already, and would be left behind"
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(self.arguments, stdout=out, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, env=self.environment)
        return self

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.running():
            self.process.kill()
        if self.process:
            self.process.wait()

    def terminate(self, seconds=25):
        """SIGTERM; returns the exit code, or fails when it does not end."""
        if not self.running():
            return self.process.returncode if self.process else None
        self.process.terminate()
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {seconds} s; log:\n{self.tail()}")

    def tail(self, lines=40):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def rss_bytes(self):
        for line in open(f"/proc/{self.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def http(method, url, body=None, headers=None, timeout=30, context=None):
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    if data is not None and not request.has_header("Content-type"):
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=timeout, context=context) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


class Asking:
    """What of its gateway is asked, for whoever has service(name, path)."""

    def get(self, path, **parameters):
        """A gateway answer as parsed JSON; fails on an error answer."""
        query = urllib.parse.urlencode({k: v for k, v in parameters.items() if v is not None})
        answer = self.service("gateway", f"/api/v1/{path}?{query}")
        assert answer.status == 200, f"{path}?{query}: {answer.status} {answer.body[:300]}"
        return answer.json()

    def all_rows(self, path, **parameters):
        """Every row of a paged answer, following cursors."""
        rows, cursor = [], None
        parameters.setdefault("limit", 10000)
        parameters.setdefault("start", 0)
        while True:
            page = self.get(path, cursor=cursor, **parameters)
            rows += page["data"]
            cursor = page.get("next_cursor")
            if not cursor:
                return rows


class System(Asking):
    """NATS, simulator and services. Use as a context manager; start what the test needs. Without `evidence` the
    simulator keeps no log of what it sent."""

    SERVICES = ("storage", "collector", "scheduler", "gateway")

    def __init__(self, sim_arguments=(), settings=None, evidence=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-system-"))
        ports = free_ports(11)
        self.ports = dict(zip(("nats", "nats_http", "sim"), ports))
        self.http_port = dict(zip(self.SERVICES, ports[3:7]))
        self.grpc_port = dict(zip(self.SERVICES, ports[7:11]))
        self.settings = settings or {}
        log = ["--log", self.folder / "evidence.jsonl"] if evidence else []
        self.sim_arguments = [*log, *sim_arguments]
        self.processes = {}
        self.config = {}  # folders of services that do not read the source tree's
        self.release = {}  # (binaries, source tree) of services that are of another version
        self.tls = {}     # with what services are asked over https: {"gateway": an ssl.SSLContext}

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for process in reversed(list(self.processes.values())):
            process.kill()
        if kind is not None:
            for process in self.processes.values():
                print(f"--- {process.name} ({process.log})\n{process.tail()}")

    # --- starting ---

    def start_nats(self):
        if "nats" not in self.processes:
            self.processes["nats"] = Process("nats", [
                "nats-server", "-c", SOURCE / "deploy/nats/nats-server.conf", "-a", HOST, "-p", self.ports["nats"],
                "-m", self.ports["nats_http"], "-sd", self.folder / "nats"], self.folder)
        self.processes["nats"].start()
        eventually("nats is up", lambda: http("GET", f'http://{HOST}:{self.ports["nats_http"]}/healthz').status == 200)

    def stream_end(self):
        """Sequence of the newest message of the market data's stream."""
        answer = http("GET", f'http://{HOST}:{self.ports["nats_http"]}/jsz?streams=true').json()
        return next(stream["state"]["last_seq"] for account in answer["account_details"]
                    for stream in account["stream_detail"] if stream["name"] == "MARKET_DATA")

    def start_sim(self):
        local = self.collector_config(SOURCE) / "local.yaml"
        if "sim" not in self.processes:
            self.processes["sim"] = Process("sim", [
                BIN / "mp-exchange-sim", "--host", HOST, "--port", self.ports["sim"], "--emit-config", local,
                *self.sim_arguments], self.folder)
        self.processes["sim"].start()
        eventually("the simulator is up", lambda: local.exists() and self.sim_status() is not None)

    def start_service(self, name, wait=True):
        """`name`: of a service, or for a further instance of one with a number behind: "collector-2"."""
        if name not in self.processes:
            role, _, number = name.partition("-")
            if number and name not in self.http_port:
                self.http_port[name], self.grpc_port[name] = free_ports(2)
            binaries, source = self.release.get(name, (BIN, SOURCE))
            config = self.collector_config(source) if role == "collector" else \
                self.config.get(role, source / f"services/{role}/config")
            arguments = [binaries / f"mp-{role}", "--config-dir", config, "--env", "development"]
            settings = {"http.host": HOST, "http.port": self.http_port[name], "grpc.host": HOST,
                        "grpc.port": self.grpc_port[name], "bus.url": f'nats://{HOST}:{self.ports["nats"]}',
                        **{"collector": {"spool.path": self.folder / f"spool{number}"},
                           "storage": {"storage.path": self.folder / "storage"},
                           "gateway": {"auth.keys_path": self.folder / "keys.json",
                                       "live.token_key_path": self.folder / "token.key"}}.get(role, {}),
                        **({"service.instance": name} if number else {}),
                        **self.settings.get(role, {}), **(self.settings.get(name, {}) if number else {})}
            for key, value in settings.items():
                arguments += ["--set", f"{key}={value}"]
            self.processes[name] = Process(name, arguments, self.folder)
        self.processes[name].start()
        if wait:
            self.wait_ready(name)

    def collector_config(self, source):
        """A folder with the configuration of a source tree's collector and what the simulator says of itself."""
        own = self.folder / "collector-config"
        config = own if source == SOURCE else self.folder / f"collector-config-{source.name}"
        if not config.exists():
            shutil.copytree(source / "services/collector/config", config)
            if config != own:
                shutil.copy(own / "local.yaml", config)
        return config

    def replace_service(self, name, release=None):
        """Ends a service in order and starts the same one of another release: (binaries, source tree)."""
        process = self.processes.pop(name)
        code = process.terminate()
        assert code == 0, f"{name} exits with {code}\n{process.tail()}"
        self.release[name] = release or (BIN, SOURCE)
        self.start_service(name)

    def wait_ready(self, name, seconds=30):
        def ready():
            if not self.processes[name].running():
                raise AssertionError(f"{name} ended while starting:\n{self.processes[name].tail()}")
            return self.service(name, "/health/ready").status == 200
        eventually(f"{name} is ready", ready, seconds)

    def start(self, services=SERVICES):
        self.start_nats()
        self.start_sim()
        return self.start_services(services)

    def start_services(self, services=SERVICES):
        for name in services:
            self.start_service(name, wait=False)
        for name in services:
            self.wait_ready(name)
        return self

    # --- coming to rest ---

    def end_market(self):
        """Stops what is generated and waits until all of it is stored; the evidence is on disk then."""
        self.sim("stop_market", "POST")
        self.await_stored()
        self.sim("flush", "POST")

    def await_stored(self, seconds=60):
        """Until storage has committed all events that the simulator has sent to those who live."""
        eventually("the collectors have read what was sent", self.all_is_read, seconds)
        collectors = [name for name, process in self.processes.items()
                      if name.startswith("collector") and process.running()]
        eventually("the broker has what they read",
                   lambda: all(self.metric(name, "marketprism_spool_records") == 0 for name in collectors), seconds)
        end = self.stream_end()
        eventually(f"storage has committed message {end}",
                   lambda: self.metric("storage", "marketprism_store_ack_floor") >= end, seconds)

    def all_is_read(self):
        answer = self.sim("await_readers", "POST")
        if answer.status != 200:
            raise ValueError(answer.body)
        return True

    # --- asking ---

    def service(self, name, path, method="GET", body=None, headers=None):
        context = self.tls.get(name.partition("-")[0])
        scheme = "https" if context else "http"
        return http(method, f"{scheme}://{HOST}:{self.http_port[name]}{path}", body, headers, context=context)

    def sim(self, path, method="GET", body=None):
        return http(method, f'http://{HOST}:{self.ports["sim"]}/sim/{path}', body)

    def sim_status(self):
        answer = self.sim("status")
        return answer.json() if answer.status == 200 else None

    def metric(self, service, name, wanted=lambda line: True):
        """Sum of a metric's samples over its labels; 0 when there is none yet."""
        total = 0.0
        for line in self.service(service, "/metrics").body.decode().splitlines():
            if line.split("{")[0].split(" ")[0] == name and wanted(line):
                total += float(line.rsplit(" ", 1)[1])
        return total


SIGTERM, SIGSTOP, SIGCONT = signal.SIGTERM, signal.SIGSTOP, signal.SIGCONT
