"""The manifests and the scripts that make secrets against a real API server: everything is taken as it is meant, and what is wrong is refused."""

import copy
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import api_server
import cases
import manifests
from system import BIN, SOURCE

# The server is of 1.20; these came later under the same names of fields.
OLDER = {"policy/v1": "policy/v1beta1", "autoscaling/v2": "autoscaling/v2beta2"}
GATEWAY = ("Deployment", "api-gateway-service")
COLLECTOR = ("StatefulSet", "market-data-collector")


def objects():
    return [{**item, "apiVersion": OLDER.get(item["apiVersion"], item["apiVersion"])} for item in manifests.kubernetes()]


def name_of(item):
    return item["kind"], item["metadata"]["name"]


def one(name):
    return copy.deepcopy(next(item for item in objects() if name_of(item) == name))


def template(item):
    return item["spec"]["template"]["spec"]


def missing(said, held, path=""):
    """Paths of what was said and is not held, so: what the server dropped or changed."""
    if isinstance(said, dict) and isinstance(held, dict):
        return [at for key, value in said.items() for at in
                (missing(value, held[key], f"{path}.{key}") if key in held else [f"{path}.{key}"])]
    if isinstance(said, list) and isinstance(held, list) and len(said) == len(held):
        return [at for number, (a, b) in enumerate(zip(said, held)) for at in missing(a, b, f"{path}[{number}]")]
    return [] if said == held else [f"{path}: {said} is {held}"]


# What is wrong, on which object, and the server's words.
WRONG = [
    (GATEWAY, lambda o: o["spec"].update(replica=2), 'unknown field "replica"'),
    (GATEWAY, lambda o: template(o).update(terminationGracePeriodSeconds="long"), "terminationGracePeriodSeconds"),
    (GATEWAY, lambda o: o["spec"]["template"]["metadata"].update(labels={"app": "x"}), "`selector` does not match template `labels`"),
    (GATEWAY, lambda o: template(o)["volumes"].pop(), "volumeMounts"),
    (GATEWAY, lambda o: template(o)["containers"][0]["ports"][0].update(name="Http_Port"), "must contain only alpha-numeric"),
    (GATEWAY, lambda o: template(o)["containers"][0]["resources"]["limits"].update(memory="2 GiB"), "quantities must match"),
    (GATEWAY, lambda o: template(o)["containers"][0]["resources"]["limits"].update(memory="1Mi"), "must be less than or equal"),
    (GATEWAY, lambda o: template(o)["containers"][0]["livenessProbe"]["httpGet"].update(scheme="https"), "scheme"),
    (GATEWAY, lambda o: template(o)["containers"][0]["env"].append({"name": "A", "value": 1}), "env"),
    (GATEWAY, lambda o: o["spec"]["selector"].update(matchLabels={"app": "x"}) or
     o["spec"]["template"]["metadata"].update(labels={"app": "x"}), "field is immutable"),
    (COLLECTOR, lambda o: o["spec"].update(serviceName="other"), "updates to statefulset spec"),
    (("Service", "redis"), lambda o: o["spec"]["ports"][0].update(targetPort="Redis_"), "must contain only alpha-numeric"),
    (("NetworkPolicy", "collector"), lambda o: o["spec"]["egress"][0]["to"][0]["ipBlock"].update(cidr="0.0.0.0"), "CIDR"),
    (("HorizontalPodAutoscaler", GATEWAY[1]), lambda o: o["spec"].update(minReplicas=20), "minReplicas"),
    (("PodDisruptionBudget", GATEWAY[1]), lambda o: o["spec"].update(maxUnavailable=1), "cannot be both set"),
    (("ConfigMap", "redis"), lambda o: o["data"].update({"redis conf": ""}), "a valid config key"),
]


@unittest.skipUnless(api_server.there(), "no API server is built: deploy/kube-apiserver.sh")
class ApiServerTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.server = api_server.ApiServer(cls.folder)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def apply(self, items):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        return self.server.kubectl("apply", "--validate=true", "-f", "-", text=text)

    def held(self, kind, name, version="v1"):
        """`version`: apiVersion, for which the server translates what it holds."""
        group, _, number = version.rpartition("/")
        run = self.server.kubectl("-n", "marketprism", "get", f"{kind}.{number}.{group}" if group else kind, name, "-o", "json")
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)

    def script(self, *command):
        environment = {**os.environ, "KUBECTL": " ".join(self.server.command), "MPCTL": str(BIN / "mpctl")}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_a_everything_is_taken_in_the_order_of_the_readme(self):
        run = self.apply([item for item in objects() if item["kind"] == "Namespace"])
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("the first API key, shown once", self.script(SOURCE / "k8s/create-secrets.sh"))
        self.assertEqual(self.script(SOURCE / "k8s/create-certificates.sh", self.folder / "ca").count("created"), 8)
        run = self.apply(objects())
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout.count(" created"), len(objects()) - 1, run.stdout)

    def test_b_nothing_that_was_said_is_dropped(self):
        for item in objects():
            with self.subTest(" ".join(name_of(item))):
                self.assertEqual(missing(self.without_notation(item), self.without_notation(self.held(*name_of(item), item["apiVersion"]))), [])

    @staticmethod
    def without_notation(item):
        """The server rewrites some quantities: 1000m is 1."""
        return json.loads(json.dumps(item).replace('"1000m"', '"1"'))

    def test_c_a_second_time_changes_nothing(self):
        run = self.apply(objects())
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn(" created", run.stdout)
        for item in objects():
            # Only kubectl thinks that claims' templates differ, since the server adds their kind.
            if item["kind"] != "StatefulSet":
                self.assertRegex(run.stdout, rf'(?im)^{item["kind"]}(\.\S+)?/{item["metadata"]["name"]} unchanged$')
            self.assertEqual(self.held(*name_of(item))["metadata"].get("generation", 1), 1)
        self.assertEqual(self.script(SOURCE / "k8s/create-secrets.sh"), "create-secrets: clickhouse is there\n")
        before = self.held("Secret", "redis-tls")["metadata"]["resourceVersion"]
        self.script(SOURCE / "k8s/create-certificates.sh", self.folder / "ca")
        self.assertEqual(self.held("Secret", "redis-tls")["metadata"]["resourceVersion"], before)

    def test_d_secrets_of_a_run_that_broke_off_are_made_anew_together(self):
        self.server.kubectl("-n", "marketprism", "delete", "secret", "message-broker-users", "scheduler")
        self.script(SOURCE / "k8s/create-secrets.sh")
        users = self.held("Secret", "message-broker-users")["data"]
        for service in ("collector", "storage", "gateway", "scheduler"):
            self.assertEqual(self.held("Secret", service)["data"]["bus-password"], users[f"{service.upper()}_PASSWORD"])

    def test_d_new_certificates_replace_the_secrets(self):
        before = self.held("Secret", "redis-tls")["data"]["tls.crt"]
        os.environ["FRESH"] = "1"
        self.addCleanup(os.environ.pop, "FRESH")
        self.assertEqual(self.script(SOURCE / "k8s/create-certificates.sh", self.folder / "ca").count("configured"), 8)
        self.assertNotEqual(self.held("Secret", "redis-tls")["data"]["tls.crt"], before)

    def test_e_pods_of_the_templates_are_admitted(self):
        for name, workload in manifests.workloads().items():
            pod = copy.deepcopy(workload["spec"]["template"])
            pod |= {"apiVersion": "v1", "kind": "Pod"}
            pod["metadata"] |= {"name": f"{name}-0", "namespace": "marketprism"}
            pod["spec"].setdefault("volumes", []).extend(
                {"name": claim["metadata"]["name"], "persistentVolumeClaim": {"claimName": f'{claim["metadata"]["name"]}-{name}-0'}}
                for claim in workload["spec"].get("volumeClaimTemplates", []))
            with self.subTest(name):
                run = self.apply([pod])
                self.assertEqual(run.returncode, 0, run.stderr)
                held = self.held("Pod", f"{name}-0")
                self.assertEqual({v["name"] for v in held["spec"]["volumes"]}, {v["name"] for v in pod["spec"]["volumes"]},
                                 "the server mounted something, a token?")

    def test_f_what_the_autoscaler_did_stays(self):
        for kind, name in (GATEWAY, COLLECTOR):
            self.server.kubectl("-n", "marketprism", "scale", kind, name, "--replicas=5")
            self.assertEqual(self.held(kind, name)["spec"]["replicas"], 5)
        self.assertEqual(self.apply(objects()).returncode, 0)
        for kind, name in (GATEWAY, COLLECTOR):
            self.assertEqual(self.held(kind, name)["spec"]["replicas"], 5)

    def test_g_the_runbooks_commands_work(self):
        # Needs a kubelet or controllers: what runs in a pod, and what waits for one.
        text = (SOURCE / "docs/operations.md").read_text() + (SOURCE / "k8s/README.md").read_text()
        lines = {re.split(r"\s+#|`", line)[0].strip() for line in re.findall(r"(kubectl [^\n]+)", text)}
        asked = [shlex.split(line)[1:] for line in lines if re.match(r"kubectl (apply|-n marketprism) ", line)]
        asked = [words for words in asked if not {"exec", "undo", "status"} & set(words) and "delete" not in words]
        self.assertGreaterEqual(len(asked), 4)
        for words in asked:
            with self.subTest(" ".join(words)):
                if words[0] == "apply":
                    self.assertTrue((SOURCE / words[2]).exists())
                    continue
                run = self.server.kubectl(*words)
                self.assertEqual(run.returncode, 0, run.stderr)

    def test_h_what_is_wrong_is_refused(self):
        for name, break_it, words in WRONG:
            with self.subTest(f"{name[1]}: {words}"):
                item = one(name)
                break_it(item)
                run = self.apply([item])
                self.assertNotEqual(run.returncode, 0, run.stdout)
                self.assertIn(words, run.stderr)


if __name__ == "__main__":
    cases.main()
