"""Each service alone by `docker run` with names, ports and addresses, as on machines of their own. Run by deploy/test-compose.sh."""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from compose import DOCKER, Gateway, eventually, images, run
from system import SOURCE, free_ports

NATS = os.environ.get("NATS_IMAGE", "marketprism-offline/nats:bookworm")


class SingleTest(unittest.TestCase):
    """They reach each other through published ports of this machine, not by names that only one network knows."""

    @classmethod
    def setUpClass(cls):
        cls.names = []
        cls.addClassCleanup(cls.remove)
        cls.nats, cls.sim, cls.collector, cls.storage, cls.storage_grpc, cls.scheduler, cls.scheduler_grpc, cls.gateway_port = free_ports(8)
        settings = SOURCE / "deploy/nats/nats-server.conf"
        cls.start("nats", NATS, [f"{cls.nats}:4222"], {}, "-c", "/etc/nats.conf", "--jetstream", "--store_dir", "/data",
                  mount=f"{settings}:/etc/nats.conf:ro")
        cls.machine = run(DOCKER, "inspect", "-f", "{{.NetworkSettings.Gateway}}", "mp-single-nats").strip()
        cls.start("exchange-sim", images()["exchange-sim"], [f"{cls.sim}:9443"], {})
        broker = {"NATS_URL": f"nats://{cls.machine}:{cls.nats}"}
        for name, port, grpc in (("storage", cls.storage, cls.storage_grpc), ("scheduler", cls.scheduler, cls.scheduler_grpc)):
            cls.start(name, images()[name], [f"{port}:8000", f"{grpc}:{grpc}"],
                      {**broker, "MP_SERVICE__ADVERTISE_HOST": cls.machine, "MP_GRPC__PORT": grpc})
        cls.start("collector", images()["collector"], [f"{cls.collector}:8000"], {
            **broker, "MP_VENUES__BINANCE_SPOT__REST_URL": f"http://{cls.machine}:{cls.sim}",
            "MP_VENUES__BINANCE_SPOT__WS_URL": f"ws://{cls.machine}:{cls.sim}"})
        cls.start("gateway", images()["gateway"], [f"{cls.gateway_port}:8000"], {
            **broker, "COLLECTOR_URL": f"http://{cls.machine}:{cls.collector}",
            "STORAGE_URL": f"http://{cls.machine}:{cls.storage}"})

    @classmethod
    def start(cls, name, image, ports, environment, *arguments, mount=None):
        words = [word for port in ports for word in ("-p", port)] + (["-v", mount] if mount else [])
        words += [word for key, value in environment.items() for word in ("-e", f"{key}={value}")]
        run(DOCKER, "run", "-d", "--name", f"mp-single-{name}", *words, image, *arguments)
        cls.names.append(f"mp-single-{name}")

    @classmethod
    def remove(cls):
        for name in cls.names:
            run(DOCKER, "rm", "-f", "-v", name, check=False)

    def test_data_comes_through_the_gateway_with_a_key_made_in_its_container(self):
        eventually("the gateway answers", lambda: Gateway(self.gateway_port).get("/health/live").status == 200)
        self.assertEqual(Gateway(self.gateway_port).get("/api/v1/instruments").status, 401)
        said = run(DOCKER, "exec", "mp-single-gateway", "mpctl", "keys", "create", "--role", "reader", "--name", "me")
        key = next(word for word in said.split() if word.startswith("mp_"))
        gateway = Gateway(self.gateway_port, key=key)
        try:
            eventually("trades come through the gateway", gateway.trades)
        except AssertionError as error:
            logs = "".join(f"--- {name}\n{run(DOCKER, 'logs', '--tail', 15, name, check=False)}" for name in self.names)
            raise AssertionError(f"{error}\n{logs}") from None
        gateway.wait_newer(gateway.newest())
        eventually("the gateway has found the scheduler", lambda: gateway.get("/api/v1/jobs").json()["data"])


if __name__ == "__main__":
    cases.main()
