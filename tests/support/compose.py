"""A compose stack for tests: brought up, asked from outside, hurt, taken down with its volumes."""

import json
import os
import ssl
import subprocess
import threading
import time

import system
from system import SOURCE, Asking, http

DOCKER = os.environ.get("DOCKER", "docker")
COMPOSE = os.environ.get("COMPOSE", "docker-compose").split()
ENV_FILE = os.environ.get("MP_COMPOSE_ENV", "")
# Removing a volume with many files blocks the engine for as long as the disk takes.
os.environ.setdefault("COMPOSE_HTTP_TIMEOUT", "300")


def run(*command, timeout=180, check=True, environment=None):
    done = subprocess.run([str(word) for word in command], cwd=SOURCE, capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **(environment or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def eventually(what, condition):
    """With the patience that a dozen containers on a busy machine want."""
    return system.eventually(what, condition, 180)


def images(versions="deploy/versions.env"):
    """{name: image} of all that deploy/images.sh makes."""
    lines = dict(line.split("=") for line in (SOURCE / versions).read_text().split() if "=" in line)
    names = {key.removesuffix("_VERSION").lower().replace("_", "-"): version for key, version in lines.items()}
    return {name: f"marketprism/{name}:{version}" for name, version in names.items()}


def now():
    """As the API writes times."""
    at = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**9)) + f".{at % 10**9:09d}Z"


class Stack:
    """`files`: one or several laid over each other. `images`: what is not to be as the files have it, COLLECTOR_IMAGE=..."""

    def __init__(self, *files, project):
        words = [word for file in files for word in ("-f", file)]
        self.base = [*COMPOSE, *(["--env-file", ENV_FILE] if ENV_FILE else []), *words, "-p", project]
        self.images = {}

    def compose(self, *arguments, timeout=180):
        return run(*self.base, *arguments, timeout=timeout, environment=self.images)

    def up(self, *arguments):
        self.compose("up", "-d", *arguments, timeout=600)
        return self

    def down(self):
        run(*self.base, "down", "-v", "--remove-orphans", "-t", "5", timeout=600, check=False)

    def logs(self, service, lines=30):
        return run(*self.base, "logs", "--no-color", f"--tail={lines}", service, check=False)

    # --- containers ---

    def containers(self, service):
        """Ids of the service's containers."""
        return self.compose("ps", "-q", service).split()

    def inspect(self, container):
        return json.loads(run(DOCKER, "inspect", container))[0]

    def address(self, container):
        """On the stack's network, where this machine reaches it too; another one after every start."""
        (settings,) = self.inspect(container)["NetworkSettings"]["Networks"].values()
        return settings["IPAddress"]

    def health(self, container):
        return self.inspect(container)["State"].get("Health", {}).get("Status")

    def passes_its_check(self, container):
        """Its health check, now and not when Docker asks next."""
        return subprocess.run([DOCKER, "exec", container, "healthcheck"], capture_output=True, timeout=60).returncode == 0

    def crash(self, container):
        """kill -9 from the machine, as the kernel would: Docker has to start it again by itself."""
        run("kill", "-9", self.inspect(container)["State"]["Pid"])

    def cut_off(self, container):
        """Takes it off the network; what it returns puts it back with its names."""
        (network, settings), = self.inspect(container)["NetworkSettings"]["Networks"].items()
        aliases = [word for alias in settings["Aliases"] for word in ("--alias", alias)]
        run(DOCKER, "network", "disconnect", network, container)
        return lambda: run(DOCKER, "network", "connect", *aliases, network, container)

    def kill(self, container):
        """As docker-compose kill: it stays away; what it returns starts it."""
        run(DOCKER, "kill", container)
        return lambda: run(DOCKER, "start", container)

    def pause(self, container):
        """Stops it in its tracks; what it returns lets it go on."""
        run(DOCKER, "pause", container)
        return lambda: run(DOCKER, "unpause", container)

    def wait_healthy(self, service):
        def healthy():
            found = self.containers(service)
            return found and all(self.health(container) == "healthy" for container in found)
        try:
            eventually(f"{service} is healthy", healthy)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs(service)}") from None


class Gateway:
    """`ca`: a file; with it the gateway is asked over https."""

    def __init__(self, port=8000, key=None, ca=None):
        self.base = f"{'https' if ca else 'http'}://127.0.0.1:{port}"
        self.context = ssl.create_default_context(cafile=ca) if ca else None
        self.headers = {"X-API-Key": key} if key else {}

    def get(self, path, timeout=10):
        return http("GET", f"{self.base}{path}", headers=self.headers, timeout=timeout, context=self.context)

    def trades(self, exchange="binance", market="spot", symbol="BTC-USDT", limit=5):
        answer = self.get(f"/api/v1/trades?exchange={exchange}&market={market}&symbol={symbol}&limit={limit}")
        return answer.json()["data"] if answer.status == 200 else []

    def newest(self):
        """Time of the newest trade, as text that can be compared; empty without any."""
        rows = self.trades(limit=1)
        return rows[-1]["received_ts"] if rows else ""

    def wait_newer(self, than):
        return eventually(f"a trade newer than {than}", lambda: self.newest() > than and self.newest())

    def gaps(self, start, end, exchange="binance", market="spot", symbol="BTC-USDT"):
        """The gaps of trades in the interval, as they are now; what comes last is claimed a little later."""
        answer = self.get(f"/api/v1/coverage?exchange={exchange}&market={market}&symbol={symbol}&data_type=trade"
                          f"&start={start}&end={end}")
        if answer.status != 200:
            raise ValueError(answer.body)
        series, = answer.json()["data"]
        return series["gaps"]


class Outside(Asking):
    """The same for whoever wants all rows of something (stored.py)."""

    def __init__(self, gateway):
        self.gateway = gateway

    def service(self, _, path):
        return self.gateway.get(path, timeout=60)


class Asker(threading.Thread):
    """Asks all the time, and counts what was no answer."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.asked, self.failures, self.ended = gateway, 0, [], threading.Event()

    def run(self):
        while not self.ended.wait(0.05):
            self.asked += 1
            try:
                status = self.gateway.get("/api/v1/version").status
                if status != 200:
                    self.failures.append(status)
            except OSError as error:
                self.failures.append(str(error))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
