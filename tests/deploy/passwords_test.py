"""No password, token or key stands in what is shipped, and scripts make another one each time."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import cluster_secrets
import manifests
from system import BIN, SOURCE

SECRET = re.compile(r"(password|passwd|secret|token|api_?key)$", re.IGNORECASE)
# Keys that end so and name a thing: secretName, volumes and keys of secrets.
NAMES = {"automountServiceAccountToken"}
ANSWERED_WITH = {"", "from-elsewhere"}  # by whoever starts it


def shipped():
    """Every file that starts or configures something."""
    folders = [SOURCE / "deploy", SOURCE / "k8s", *(SOURCE / "services").glob("*/config")]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return [*SOURCE.glob("docker-compose*.yml"), *files]


def literals(value, path=""):
    """(path, text) of every text in a YAML document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from literals(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from literals(inner, path)
    elif isinstance(value, str):
        yield path, value


def yaml_findings(text):
    """Where YAML gives a secret a value, as a key or as a container's variable."""
    found = []
    for document in yaml.safe_load_all(text):
        for path, value in literals(document):
            name = path.rpartition("/")[2]
            if SECRET.search(name) and name not in NAMES and value not in ANSWERED_WITH:
                found.append(f"{path}: {value}")
            if match := re.fullmatch(r"(\w+)=(.+)", value):
                if SECRET.search(match[1]):
                    found.append(f"{path}: {value}")
    return found


def container_findings(items):
    return [f'{name}: {entry["name"]}' for name, workload in items.items()
            for entry in manifests.container(workload).get("env", []) if SECRET.search(entry["name"]) and "value" in entry]


class PasswordsTest(unittest.TestCase):
    def test_yaml_holds_none(self):
        for file in shipped():
            if file.suffix in (".yaml", ".yml") and "tests" not in file.parts:
                with self.subTest(str(file.relative_to(SOURCE))):
                    self.assertEqual(yaml_findings(re.sub(r"\$\{(\w+):-([^}]*)\}", r"\2", file.read_text())), [])
        self.assertEqual(container_findings(manifests.workloads()), [])

    def test_they_would_be_found(self):
        self.assertTrue(yaml_findings("bus: {password: nats}"))
        self.assertTrue(yaml_findings("services: {a: {environment: {REDIS_PASSWORD: x}}}"))
        self.assertTrue(yaml_findings("services: {a: {environment: [API_TOKEN=x]}}"))
        self.assertFalse(yaml_findings("bus: {password: '', password_file: /run/secrets/a}"))

    def test_no_address_carries_one(self):
        for file in shipped():
            with self.subTest(str(file.relative_to(SOURCE))):
                self.assertEqual(re.findall(r"\w+://[^\s/@:$\[\]]+:[^\s/@$\[\]]+@", file.read_text(errors="replace")), [])

    def test_images_set_none(self):
        for target in manifests.SERVICES.values():
            self.assertFalse([name for name in manifests.image_environment(target) if SECRET.search(name)])

    def test_users_of_the_broker_have_theirs_from_the_environment(self):
        for file in (SOURCE / "deploy").rglob("*.conf"):
            for value in re.findall(r"\bpassword:\s*(\S+)", file.read_text()):
                self.assertRegex(value, r"^\$[A-Z_]+$", str(file))

    @unittest.skipUnless(shutil.which("nats-server"), "no nats-server is installed")
    def test_a_broker_without_passwords_does_not_start(self):
        run = subprocess.run(["nats-server", "-t", "-c", SOURCE / "deploy/nats/users.conf"], capture_output=True, text=True,
                             timeout=30, env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"})
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("COLLECTOR_PASSWORD", run.stdout + run.stderr)

    def test_a_store_with_the_template_as_it_is_lets_nobody_in(self):
        # 64 hexadecimal digits are a hash; what stands there is none.
        held = re.findall(r"<password_sha256_hex>(.*)</password_sha256_hex>", (SOURCE / "deploy/clickhouse/users.xml").read_text())
        self.assertEqual(held, ["PASSWORD_SHA256"])

    def test_scripts_make_others_each_time(self):
        def all_of(folder):
            made = [file.read_text() for secret, keys in cluster_secrets.make(folder).items() if not secret.endswith("-tls")
                    for name, file in keys.items() if name not in ("users.acl", "users.xml", "keys.json")]
            test = folder / "test-secrets"
            subprocess.run([SOURCE / "deploy/test-secrets.sh", test], check=True, capture_output=True, timeout=120,
                           env={"PATH": "/usr/bin:/bin", "MPCTL": str(BIN / "mpctl")})
            return made + [file.read_text() for file in test.iterdir() if file.is_file() and SECRET.search(file.name)]
        with tempfile.TemporaryDirectory() as folder:
            first, second = (all_of(pathlib.Path(folder) / name) for name in ("first", "second"))
        self.assertGreater(len(first), 10)
        self.assertFalse(set(first) & set(second))
        for secret in first:
            self.assertGreaterEqual(len(secret.strip()), 24)


if __name__ == "__main__":
    cases.main()
