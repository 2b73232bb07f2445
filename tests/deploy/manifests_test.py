"""Kubernetes manifests and compose files against the schemas, and against the services that they start."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import manifests
from system import BIN, SOURCE

BUILD = pathlib.Path(os.environ.get("MP_BUILD_DIR", SOURCE / "build/release"))
PACKAGES = ["kubernetes-models@4.5.1", "typescript@5.8.3"]
DRAIN_SECONDS = 20  # shutdown.drain_timeout
HAND_OVER_SECONDS = 10  # fleet.handover of the collector


def check_config(service, environment, *arguments):
    """The service's own word on an environment: (exit code, what it says)."""
    folder = {**environment, "MP_CONFIG_DIR": str(SOURCE / f"services/{service}/config"), "PATH": "/usr/bin:/bin"}
    run = subprocess.run([BIN / f"mp-{service}", "--check-config", *arguments], env=folder, capture_output=True, text=True,
                         timeout=20)
    return run.returncode, run.stdout + run.stderr


def certificate_files(folder):
    subprocess.run([SOURCE / "deploy/dev-ca.sh", folder, "own"], check=True, timeout=60)
    return {"MP_TLS__CERTIFICATE_FILE": str(folder / "own.pem"), "MP_TLS__KEY_FILE": str(folder / "own.key"),
            "MP_TLS__CA_FILE": str(folder / "ca.pem")}


class EnvironmentTest(unittest.TestCase):
    """Every variable is one that the service knows, and the whole is a configuration that it takes."""

    def check(self, service, environment, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            # Secrets are files that only a cluster has.
            secret = pathlib.Path(folder) / "secret"
            secret.write_text("secret")
            given = {name: str(secret) if name.endswith("_FILE") else value for name, value in environment.items()
                     if name != "MP_KEYS_FILE"}
            if "MP_TLS__CERTIFICATE_FILE" in given:
                given |= certificate_files(pathlib.Path(folder))
            code, said = check_config(service, {**manifests.image_environment(service), **given}, *arguments)
        self.assertEqual(code, 0, said)
        for name in given:
            if (service, name) not in manifests.UNUSED and not name.endswith("_FILE"):
                self.assertIn(f"environment {name}", said, f"{service} does not know {name}")
        return said

    def test_of_the_images(self):
        for service in manifests.SERVICES.values():
            with self.subTest(service):
                environment = manifests.image_environment(service)
                environment.pop("MP_CONFIG_DIR")
                said = self.check(service, environment)
                self.assertRegex(said, r"port: 8000  # environment")
                self.assertRegex(said, r"port: 50051  # environment")

    def test_of_compose(self):
        for file in ("docker-compose.yml", "docker-compose.test.yml"):
            for name, row in manifests.compose(file).items():
                if name in manifests.SERVICES:
                    with self.subTest(f"{file}: {name}"):
                        self.check(manifests.SERVICES[name], row["environment"], *row.get("command", []))

    def test_of_the_shards_of_the_test_topology(self):
        with tempfile.TemporaryDirectory() as folder:
            for file in (SOURCE / "services/storage/config").glob("*.yaml"):
                shutil.copy(file, folder)
            shutil.copy(SOURCE / "deploy/compose/storage-shards.yaml", f"{folder}/local.yaml")
            code, said = check_config("storage", {}, "--config-dir", folder)
            self.assertEqual(code, 0, said)
            for name in ("clickhouse-1", "clickhouse-2"):
                self.assertIn(f"https://{name}:8443", said)
                self.assertIn(name, manifests.compose("docker-compose.test.yml"))

    def test_of_kubernetes(self):
        for name, workload in manifests.workloads().items():
            if name in manifests.SERVICES:
                with self.subTest(name):
                    arguments = manifests.container(workload)["args"]
                    said = self.check(manifests.SERVICES[name], manifests.literal_environment(workload), *arguments)
                    self.assertIn("replicas: 3", said)

    def test_of_what_is_collected(self):
        collected = [item["data"]["local.yaml"] for item in manifests.of_kind("ConfigMap")
                     if "local.yaml" in item["data"]]
        collected += [file.read_text() for file in (SOURCE / "deploy/compose").glob("feed-*.yaml")]
        self.assertEqual(len(collected), 3)
        for text in collected:
            with tempfile.TemporaryDirectory() as folder:
                for file in (SOURCE / "services/collector/config").glob("*.yaml"):
                    shutil.copy(file, folder)
                (pathlib.Path(folder) / "local.yaml").write_text(text)
                code, said = check_config("collector", {}, "--config-dir", folder)
                self.assertEqual(code, 0, said)


class ComposeTest(unittest.TestCase):
    # service: container, image, port outside and inside, environment
    ASKED = {
        "market-data-collector": ("marketprism-collector", "marketprism/collector", "8001:8000", {
            "SERVICE_NAME": "market-data-collector", "NATS_URL": "nats://message-broker:4222",
            "CLICKHOUSE_URL": "clickhouse://data-storage:9000"}),
        "data-storage-service": ("marketprism-storage", "marketprism/storage", "8002:8000", {
            "SERVICE_NAME": "data-storage-service", "CLICKHOUSE_HOST": "clickhouse", "CLICKHOUSE_PORT": "9000"}),
        "api-gateway-service": ("marketprism-gateway", "marketprism/gateway", "8000:8000", {
            "SERVICE_NAME": "api-gateway", "COLLECTOR_URL": "http://market-data-collector:8000",
            "STORAGE_URL": "http://data-storage-service:8000"}),
        "monitoring-service": ("marketprism-monitoring", "marketprism/monitoring", "9090:9090", {
            "SERVICE_NAME": "monitoring-service", "GRAFANA_PORT": "3000", "PROMETHEUS_PORT": "9090"}),
        "message-broker-service": ("marketprism-nats", "nats", "4222:4222", {}),
        "scheduler-service": ("marketprism-scheduler", "marketprism/scheduler", "8003:8000", {
            "SERVICE_NAME": "scheduler-service", "NATS_URL": "nats://message-broker:4222"}),
    }

    def test_development_has_the_names_ports_and_environment_that_were_asked_for(self):
        services = manifests.compose()
        for name, (container, image, ports, environment) in self.ASKED.items():
            with self.subTest(name):
                row = services[name]
                self.assertEqual(row["container_name"], container)
                self.assertEqual(row["image"].split(":")[0], image)
                self.assertIn(f"127.0.0.1:{ports}", row["ports"])
                self.assertLessEqual(environment.items(), row.get("environment", {}).items())
        self.assertIn("127.0.0.1:50050:50051", services["api-gateway-service"]["ports"])
        self.assertEqual((SOURCE / "docker-compose.dev.yml").readlink(), pathlib.Path("docker-compose.yml"))

    def test_every_image_can_be_named_by_environment(self):
        for file in ("docker-compose.yml", "docker-compose.test.yml"):
            for line in (SOURCE / file).read_text().splitlines():
                if "image:" in line:
                    self.assertRegex(line, r"image: \$\{\w+_IMAGE:-[\w./-]+:[\w.-]+\}")

    def test_our_containers_are_confined(self):
        for name, row in [*manifests.compose().items(), *manifests.compose("docker-compose.test.yml").items()]:
            if row["image"].startswith("marketprism/"):
                with self.subTest(name):
                    self.assertTrue(row["read_only"])
                    self.assertEqual(row["cap_drop"], ["ALL"])
                    self.assertEqual(row["security_opt"], ["no-new-privileges:true"])
                    self.assertGreater(int(row["stop_grace_period"].rstrip("s")), DRAIN_SECONDS)

    def test_memory_and_logs_of_every_container_are_bounded(self):
        for name, row in [*manifests.compose().items(), *manifests.compose("docker-compose.test.yml").items()]:
            with self.subTest(name):
                self.assertRegex(row["mem_limit"], r"^\d+[mg]$")
                self.assertLessEqual({"max-size", "max-file"}, set(row["logging"]["options"]))
                self.assertEqual(row["restart"], "unless-stopped")

    def test_memory_is_that_of_kubernetes(self):
        limits = {name: manifests.container(item)["resources"]["limits"]["memory"] for name, item in manifests.workloads().items()}
        for file in ("docker-compose.yml", "docker-compose.test.yml"):
            for name, row in manifests.compose(file).items():
                if name in limits:
                    with self.subTest(f"{file}: {name}"):
                        self.assertEqual(f"{row['mem_limit']}i".upper(), limits[name].upper())

    def test_what_is_mounted_exists(self):
        for row in [*manifests.compose().values(), *manifests.compose("docker-compose.test.yml").values()]:
            for volume in row.get("volumes", []):
                if volume.startswith("./") and "test-secrets" not in volume:
                    self.assertTrue((SOURCE / volume.split(":")[0]).exists(), volume)


class SchemasTest(unittest.TestCase):
    """npm's kubernetes-models: its types know the fields, its validators the values."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which("node") or not shutil.which("npm"):
            raise unittest.SkipTest("node and npm are not installed")
        cls.folder = folder = BUILD / "kubernetes-schemas"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private":true}')
        wanted = {name: folder / "node_modules" / name.split("@")[0] for name in PACKAGES}
        if not all(path.exists() for path in wanted.values()):
            run = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *wanted], cwd=folder,
                                 capture_output=True, text=True, timeout=240)
            if run.returncode:
                raise unittest.SkipTest("the schemas cannot be had: " + run.stderr[-200:])

    def mistakes(self, objects):
        (self.folder / "objects.json").write_text(json.dumps(objects))
        run = subprocess.run(["node", SOURCE / "tests/deploy/check_manifests.mjs", self.folder, self.folder / "objects.json"],
                             capture_output=True, text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)

    def test_objects_follow_them(self):
        found = self.mistakes(manifests.kubernetes())
        self.assertEqual(len(found), len(manifests.kubernetes()))
        for name, mistakes in found.items():
            with self.subTest(name):
                self.assertEqual(mistakes, [])

    def test_what_does_not_is_named(self):
        service = manifests.of_kind("Service")[0]
        deployment = manifests.of_kind("Deployment")[0]
        self.assertEqual(self.mistakes([service, deployment]), {f'{item["kind"]} {item["metadata"]["name"]}': []
                                                                for item in (service, deployment)})
        wrong = [{**service, "spec": {**service["spec"], "port": 80}}, {**deployment, "spec": {**deployment["spec"], "replicas": "two"}}]
        for mistakes, words in zip(self.mistakes(wrong).values(), ('"port"\' does not exist', "replicas")):
            self.assertTrue(any(words in said for said in mistakes), mistakes)
        missing = {**deployment, "spec": {key: value for key, value in deployment["spec"].items() if key != "selector"}}
        self.assertTrue(any("selector" in said for said in [*self.mistakes([missing]).values()][0]))


class KubernetesTest(unittest.TestCase):

    def test_versions_stand_in_one_place(self):
        run = subprocess.run([sys.executable, SOURCE / "k8s/set-versions.py", "--check"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_probes_ask_for_what_there_is(self):
        for name, workload in manifests.workloads().items():
            if name not in manifests.SERVICES:
                continue
            container = manifests.container(workload)
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            with self.subTest(name):
                self.assertEqual(ports, {"http": 8000, "grpc": 50051})
                # A dependency that is away is no reason to restart; the kubelet's own gRPC probes know no TLS (docs/adr/0080).
                for kind, path in (("startupProbe", "/health/live"), ("livenessProbe", "/health/live"),
                                   ("readinessProbe", "/health/ready")):
                    asked = container[kind]["httpGet"]
                    self.assertEqual((asked["port"], asked["path"]), ("http", path))
                    encrypted = name == "api-gateway-service"  # tls.http of its image
                    self.assertEqual(asked.get("scheme", "HTTP"), "HTTPS" if encrypted else "HTTP")

    def test_pods_may_stop_longer_than_they_drain(self):
        for name, workload in manifests.workloads().items():
            grace = workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
            hook = manifests.container(workload).get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [])
            needed = DRAIN_SECONDS + (HAND_OVER_SECONDS if name == "market-data-collector" else 0) + \
                (int(hook[1]) if hook else 0)
            self.assertGreater(grace, needed, name)

    def test_pods_are_confined(self):
        accounts = {item["metadata"]["name"]: item for item in manifests.of_kind("ServiceAccount")}
        for name, workload in manifests.workloads().items():
            pod = workload["spec"]["template"]["spec"]
            with self.subTest(name):
                self.assertFalse(pod["automountServiceAccountToken"])
                self.assertFalse(accounts[pod["serviceAccountName"]]["automountServiceAccountToken"])
                self.assertTrue(pod["securityContext"]["runAsNonRoot"])
                self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                for container in pod["containers"]:
                    self.assertEqual(container["securityContext"], {
                        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]}})
                    self.assertIn("memory", container["resources"]["limits"])
                    self.assertEqual({"cpu", "memory"}, set(container["resources"]["requests"]))
        self.assertFalse(manifests.of_kind("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"))

    def test_prometheus_finds_every_instance_by_a_headless_service(self):
        headless = {item["metadata"]["name"] for item in manifests.of_kind("Service") if item["spec"].get("clusterIP") == "None"}
        for job in manifests.SERVICES:
            self.assertIn(job, headless)

    def test_brokers_have_the_same_users_everywhere(self):
        brokers = next(item for item in manifests.of_kind("ConfigMap") if item["metadata"]["name"] == "message-broker")
        self.assertEqual(brokers["data"]["users.conf"], (SOURCE / "deploy/nats/users.conf").read_text())

    def test_secrets_are_no_part_of_the_manifests(self):
        self.assertFalse(manifests.of_kind("Secret"))
        for workload in manifests.workloads().values():
            for entry in manifests.container(workload).get("env", []):
                if re.search(r"PASSWORD$|TOKEN$|SECRET$", entry["name"]):
                    self.assertIn("secretKeyRef", entry["valueFrom"])


if __name__ == "__main__":
    cases.main()
