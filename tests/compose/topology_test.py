"""docker-compose.test.yml: three brokers, two gateways behind a load balancer, passwords and keys; scaled, hurt, upgraded."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from compose import DOCKER, Asker, Gateway, eventually, images, now, run
from faults import FaultsTest
from topology import CA, COUNTS, SERVICES, TopologyCase

# Variables of the images' names in the compose files.
IMAGES = {"data-storage-service": "STORAGE", "api-gateway-service": "GATEWAY", "scheduler-service": "SCHEDULER",
          "market-data-collector": "COLLECTOR"}


def next_images():
    """The same services as another version: deploy/test-compose.sh has made their images."""
    made = images("build/next-versions.env")
    return {service: (f"{name}_IMAGE", made[name.lower()]) for service, name in IMAGES.items()}


class TopologyTest(TopologyCase):
    def test_1_everybody_is_there_and_keys_are_needed(self):
        for service, count in COUNTS.items():
            self.wait_instances(service, count)
        eventually("Prometheus scrapes all, the gateways without a key", lambda: self.scraped() == sum(COUNTS.values()))
        self.assertEqual(Gateway(ca=CA).get("/api/v1/instruments").status, 401)
        self.assertEqual(Gateway(key="mp_000000000000_" + "0" * 64, ca=CA).get("/api/v1/instruments").status, 401)

    def test_2_collectors_scale_without_a_gap(self):
        start = self.settled()
        self.stack.up("--no-recreate", "--scale", "market-data-collector=3")
        self.wait_instances("market-data-collector", 3)
        eventually("Prometheus finds all three", lambda: self.scraped("market-data-collector") == 3)
        self.assert_no_gap_since(start)

    def test_3_a_gateway_may_stop_and_nobody_notices(self):
        first, _ = self.stack.containers("api-gateway-service")
        with Asker(self.gateway) as asker:
            run(DOCKER, "stop", "-t", "40", first)
            eventually("it went on", lambda: asker.asked > 100)
            run(DOCKER, "start", first)
            self.stack.wait_healthy("api-gateway-service")
        self.assertEqual(self.stack.inspect(first)["State"]["Status"], "running")
        self.assertEqual(asker.failures, [])

    def test_4_another_version_takes_over_service_by_service_under_load_without_a_gap(self):
        start = self.settled()
        (old,) = {version for service in SERVICES for version in self.versions(service)}
        with Asker(self.gateway) as asker:
            for service, (variable, image) in next_images().items():
                self.stack.images[variable] = image
                self.replace(service)
                eventually("the new version is left", lambda s=service: len(self.versions(s)) == 1 and old not in self.versions(s))
                print(f"now {sorted((s, v) for s in SERVICES for v in self.versions(s))}", flush=True)
        self.assert_no_gap_since(start)
        self.assertEqual(asker.failures, [])

    def test_5_what_is_lost_is_listed(self):
        start = self.settled()
        for container in self.stack.containers("market-data-collector"):
            self.stack.crash(container)
        end = self.gateway.wait_newer(now())
        eventually("their absence is a gap, and claims go on behind it",
                   lambda: any(gap["to"] < end for gap in self.gateway.gaps(start, end)))
        self.stack.wait_healthy("market-data-collector")
        self.assert_no_gap_since(self.settled())

    def replace(self, service):
        """New containers beside the old ones, which stop when the new ones are ready; storage has one writer, so it is the
        other way round."""
        old = self.stack.containers(service)
        if service == "data-storage-service":
            self.stack.up("--no-deps", "--force-recreate", service)
        else:
            self.stack.up("--no-deps", "--no-recreate", "--scale", f"{service}={len(old) * 2}", service)
        self.stack.wait_healthy(service)
        if service != "data-storage-service":
            eventually("both versions are there", lambda: len(self.versions(service)) == 2)
            for container in old:
                run(DOCKER, "stop", "-t", "40", container)
                self.assertEqual(self.stack.inspect(container)["State"]["ExitCode"], 0)
                run(DOCKER, "rm", container)
        self.wait_instances(service, len(old))


def load_tests(loader, *_):
    """The faults at the end: they stop the market."""
    return unittest.TestSuite(map(loader.loadTestsFromTestCase, (TopologyTest, FaultsTest)))


if __name__ == "__main__":
    cases.main()
