"""What the manifests say together: references, secrets, certificates, and who may speak to whom."""

import copy
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import cluster_secrets
import kubernetes_rules
import manifests
import network_policies
from system import SOURCE

GATEWAY, STORAGE, COLLECTOR, SCHEDULER = (
    "api-gateway-service", "data-storage-service", "market-data-collector", "scheduler-service")
# Who speaks to whom, and nothing else.
WAYS = {("message-broker", "message-broker", 6222), (STORAGE, "clickhouse", 8443), (GATEWAY, "redis", 6379)}
WAYS |= {(service, "message-broker", 4222) for service in manifests.SERVICES}
WAYS |= {("monitoring-service", service, 8000) for service in manifests.SERVICES}
WAYS |= {(caller, called, 50051) for caller in (GATEWAY, SCHEDULER) for called in (COLLECTOR, STORAGE, SCHEDULER)}


def pods():
    """{workload: (labels, ports)}"""
    return {name: (item["spec"]["template"]["metadata"]["labels"],
                   [port["containerPort"] for port in manifests.container(item)["ports"]])
            for name, item in manifests.workloads().items()}


def find(objects, kind, name):
    return next(o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name)


def pod_of(objects, name, kind="Deployment"):
    return find(objects, kind, name)["spec"]["template"]["spec"]


# What an API server, a controller or the kubelet would refuse, and words of how it is named.
BROKEN = {
    "the selector does not match": lambda o: find(o, "Deployment", GATEWAY)["spec"]["selector"].update(matchLabels={"app": "x"}),
    "the service account is not made": lambda o: o.remove(find(o, "ServiceAccount", "gateway")),
    "a config map is not made": lambda o: o.remove(find(o, "ConfigMap", "redis")),
    "is made by nobody": lambda o: pod_of(o, "redis")["volumes"][1]["secret"].update(secretName="nobody"),
    "a secret has no": lambda o: pod_of(o, "redis")["volumes"][1]["secret"]["items"][0].update(key="other"),
    "volumes and mounts differ": lambda o: pod_of(o, GATEWAY)["volumes"].pop(),
    "startupProbe asks no port": lambda o: pod_of(o, GATEWAY)["containers"][0]["startupProbe"]["httpGet"].update(port="web"),
    "is no quantity": lambda o: pod_of(o, GATEWAY)["containers"][0]["resources"]["limits"].update(memory="2 GiB"),
    "less than it requests": lambda o: pod_of(o, GATEWAY)["containers"][0]["resources"]["limits"].update(memory="1Mi"),
    "its service is missing": lambda o: find(o, "StatefulSet", COLLECTOR)["spec"].update(serviceName="collector"),
    "it selects no pods": lambda o: find(o, "Service", "redis")["spec"].update(selector={"app": "cache"}),
    "a target port is none": lambda o: find(o, "Service", "redis")["spec"]["ports"][0].update(targetPort="cache"),
    "it scales nothing": lambda o: find(o, "HorizontalPodAutoscaler", GATEWAY)["spec"]["scaleTargetRef"].update(name="x"),
    "takes back what it scaled": lambda o: find(o, "Deployment", GATEWAY)["spec"].update(replicas=2),
    "ever be evicted": lambda o: find(o, "PodDisruptionBudget", SCHEDULER)["spec"].update(minAvailable=2),
    "no pods are": lambda o: find(o, "NetworkPolicy", "redis")["spec"]["podSelector"].update(matchLabels={"app": "cache"}),
    "has no effect": lambda o: find(o, "NetworkPolicy", "gateway")["spec"].update(policyTypes=["Ingress"]),
    "no DNS label": lambda o: find(o, "NetworkPolicy", "dns")["metadata"].update(name="DNS_1"),
    "two objects have one name": lambda o: o.append(find(o, "ConfigMap", "redis")),
    "it may run as root": lambda o: pod_of(o, "redis")["securityContext"].update(runAsUser=0),
    "it has privileges": lambda o: pod_of(o, "redis")["containers"][0]["securityContext"].update(privileged=True),
    "of a forbidden kind": lambda o: pod_of(o, GATEWAY)["volumes"][2].update(hostPath={"path": "/"}),
    "is no text": lambda o: pod_of(o, GATEWAY)["containers"][0]["env"].append({"name": "MP_X", "value": 1}),
    "the image has no version": lambda o: pod_of(o, "redis")["containers"][0].update(image="redis"),
}


class ReferencesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.secrets = cluster_secrets.make(cls.folder)

    def test_an_api_server_would_find_nothing_wrong(self):
        self.assertEqual(kubernetes_rules.mistakes(manifests.kubernetes(), self.secrets), [])

    def test_each_mistake_would_be_found(self):
        for words, break_it in BROKEN.items():
            with self.subTest(words):
                objects = copy.deepcopy(manifests.kubernetes())
                break_it(objects)
                self.assertTrue(any(words in said for said in kubernetes_rules.mistakes(objects, self.secrets)))

    def test_every_secret_is_used_and_documented(self):
        text = "".join(yaml.safe_dump(item) for item in manifests.kubernetes())
        table = (SOURCE / "k8s/README.md").read_text().partition("## Secrets")[2]
        for secret, keys in self.secrets.items():
            self.assertRegex(text, rf"(secretName|name): {secret}\n")
            row = next((line for line in table.splitlines() if line.startswith(f"| `{secret}`") or f", `{secret}`" in line), "")
            for key in keys:
                if key not in ("tls.crt", "tls.key", "ca.crt"):
                    self.assertIn(f"`{key}`", row, f"k8s/README.md does not say what secret {secret} holds")
            self.assertTrue(row, f"k8s/README.md does not name secret {secret}")

    def test_the_cache_knows_the_hash_of_the_gateways_password(self):
        digest = subprocess.run(["sha256sum", self.secrets["gateway"]["redis-password"]], capture_output=True, text=True)
        self.assertIn("#" + digest.stdout.split()[0], self.secrets["redis"]["users.acl"].read_text())

    def names_of(self, secret):
        """What the certificate of a secret is for, and its CA is the same for all."""
        keys = self.secrets[f"{secret}-tls"]
        self.assertEqual(keys.keys(), {"tls.crt", "tls.key", "ca.crt"}, secret)
        self.assertEqual(keys["ca.crt"].read_bytes(), self.secrets["redis-tls"]["ca.crt"].read_bytes())
        run = subprocess.run(["openssl", "x509", "-in", keys["tls.crt"], "-noout", "-ext", "subjectAltName,extendedKeyUsage"],
                             capture_output=True, text=True, timeout=20, check=True)
        self.assertIn("TLS Web Server Authentication, TLS Web Client Authentication", run.stdout)
        return set(re.findall(r"(?:DNS|IP Address):([^,\s]+)", run.stdout))

    def test_certificates_are_folders_of_secrets_of_ones_own(self):
        for name, workload in manifests.workloads().items():
            with self.subTest(name):
                pod = workload["spec"]["template"]["spec"]
                mount, = [m for m in manifests.container(workload)["volumeMounts"] if m["mountPath"] == "/run/tls"]
                self.assertNotIn("subPath", mount, "what is mounted by itself is not seen when it is replaced")
                volume, = [v for v in pod["volumes"] if v["name"] == mount["name"]]
                self.assertEqual(volume["secret"], {"secretName": f"{name}-tls", "defaultMode": 0o440})
                for volume in pod["volumes"]:
                    self.assertEqual(volume.get("secret", {}).get("defaultMode", 0o440), 0o440)
                self.assertFalse([m for m in manifests.container(workload)["volumeMounts"]
                                  if "subPath" in m and "secret" in next((v for v in pod["volumes"] if v["name"] == m["name"]), {})])

    def test_certificates_carry_the_names_that_callers_ask_for(self):
        for service in manifests.SERVICES:
            self.assertIn(service, self.names_of(service), "its name in the registry")
        self.assertLessEqual({"api-gateway", "api-gateway.marketprism.svc", "api.example.com", "192.0.2.1"}, self.names_of(GATEWAY))
        settings = find(manifests.kubernetes(), "ConfigMap", "marketprism")["data"]
        brokers = {urllib.parse.urlsplit(url).hostname for url in settings["NATS_URL"].split(",")}
        server = find(manifests.kubernetes(), "ConfigMap", "message-broker")["data"]["nats-server.conf"]
        routes = set(re.findall(r"nats://([\w.-]+):6222", server))
        self.assertEqual(routes, brokers)
        self.assertLessEqual(brokers | {"message-broker"}, self.names_of("message-broker"))
        for workload, variable, secret in ((STORAGE, "CLICKHOUSE_URL", "clickhouse"), (GATEWAY, "REDIS_URL", "redis")):
            url = manifests.literal_environment(manifests.workloads()[workload])[variable]
            self.assertIn(urllib.parse.urlsplit(url).hostname, self.names_of(secret))
        for job in yaml.safe_load(find(manifests.kubernetes(), "ConfigMap", "monitoring")["data"]["prometheus.yml"])["scrape_configs"]:
            if "tls_config" in job:
                self.assertIn(job["tls_config"]["server_name"], self.names_of(job["job_name"]))
        self.assertTrue(self.names_of("monitoring-service"))

    def test_prometheus_asks_what_it_asks_elsewhere_and_the_gateways_over_tls(self):
        asked = yaml.safe_load(find(manifests.kubernetes(), "ConfigMap", "monitoring")["data"]["prometheus.yml"])
        for job in asked["scrape_configs"]:
            encrypted = job["job_name"] == GATEWAY
            self.assertEqual(job.pop("scheme", "http"), "https" if encrypted else "http")
            self.assertEqual(job.pop("tls_config", None), {"ca_file": "/run/tls/ca.crt", "server_name": GATEWAY} if encrypted else None)
        self.assertEqual(asked, yaml.safe_load((SOURCE / "deploy/prometheus/prometheus.yml").read_text()))

    def test_every_connection_is_encrypted(self):
        settings = find(manifests.kubernetes(), "ConfigMap", "marketprism")["data"]
        for url in settings["NATS_URL"].split(","):
            self.assertTrue(url.startswith("tls://"))
        for name in manifests.SERVICES:
            environment = manifests.literal_environment(manifests.workloads()[name])
            self.assertEqual(environment["MP_TLS__CERTIFICATE_FILE"], "/run/tls/tls.crt")
            self.assertNotIn("MP_TLS__CLIENTS", environment, "the default asks for certificates")
            for variable, scheme in (("CLICKHOUSE_URL", "https://"), ("REDIS_URL", "rediss://")):
                self.assertTrue(environment.get(variable, scheme).startswith(scheme), environment.get(variable))


class WaysTest(unittest.TestCase):
    def test_pods_reach_what_they_need_and_nothing_else(self):
        self.assertEqual(network_policies.open_ways(manifests.of_kind("NetworkPolicy"), pods()), WAYS)

    def test_ways_are_ports_that_somebody_listens_on(self):
        ports = {port for _, ports in pods().values() for port in ports} | {53, 443, 8443, 9443}
        for policy in manifests.of_kind("NetworkPolicy"):
            for rule in policy["spec"].get("ingress", []) + policy["spec"].get("egress", []):
                for port in rule["ports"]:
                    self.assertIn(port["port"], ports, policy["metadata"]["name"])

    def test_everything_is_denied_that_is_not_said(self):
        spec = find(manifests.kubernetes(), "NetworkPolicy", "default-deny")["spec"]
        self.assertEqual(spec, {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})

    def test_only_collectors_reach_out_and_not_into_the_cluster(self):
        out = {policy["metadata"]["name"]: peer["ipBlock"] for policy in manifests.of_kind("NetworkPolicy")
               for rule in policy["spec"].get("egress", []) for peer in rule["to"] if "ipBlock" in peer}
        self.assertEqual(set(out), {"collector"})
        self.assertLessEqual({"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"}, set(out["collector"]["except"]))


if __name__ == "__main__":
    cases.main()
