"""What the Kubernetes manifests and compose files say, as plain objects."""

import re

import yaml

from system import SOURCE

SERVICES = {"market-data-collector": "collector", "data-storage-service": "storage", "api-gateway-service": "gateway",
            "scheduler-service": "scheduler"}
# Of the sources' table, and of no use to the service that gets them.
UNUSED = {("collector", "CLICKHOUSE_URL")}


def kubernetes():
    """Every object of k8s/production, in the order in which kubectl applies them."""
    return [item for file in sorted((SOURCE / "k8s/production").glob("*.yaml"))
            for item in yaml.safe_load_all(file.read_text()) if item]


def of_kind(*kinds):
    return [item for item in kubernetes() if item["kind"] in kinds]


def workloads():
    """{name: object} of what makes pods."""
    return {item["metadata"]["name"]: item for item in of_kind("Deployment", "StatefulSet")}


def container(workload):
    return workload["spec"]["template"]["spec"]["containers"][0]


def literal_environment(workload):
    """{variable: value} of a container; what comes from elsewhere has a stand-in of its kind."""
    maps = {item["metadata"]["name"]: item["data"] for item in of_kind("ConfigMap")}
    found = {}
    for source in container(workload).get("envFrom", []):
        if "configMapRef" in source:
            found |= maps[source["configMapRef"]["name"]]
    for entry in container(workload).get("env", []):
        found[entry["name"]] = entry.get("value", "from-elsewhere")
    return found


def image_environment(target):
    """{variable: value} that deploy/Dockerfile sets for a target, its bases included."""
    stages, stage = {}, None
    for line in re.sub(r"\\\n\s*", " ", (SOURCE / "deploy/Dockerfile").read_text()).splitlines():
        if match := re.match(r"FROM (\S+) AS (\S+)", line):
            stage = match[2]
            stages[stage] = dict(stages.get(match[1], {}))
        elif line.startswith("ENV "):
            words = line[4:].replace("${VERSION}", "1.0.0").split()
            stages[stage] |= dict(word.split("=", 1) for word in words)
    return stages[target]


def compose(name="docker-compose.yml"):
    """Its services, variables replaced by their defaults."""
    text = re.sub(r"\$\{(\w+):-([^}]*)\}", r"\2", (SOURCE / name).read_text())
    return yaml.safe_load(text)["services"]
