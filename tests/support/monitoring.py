"""What deploy/ and docs/ say about metrics: the catalogue, the rules, the dashboards, the runbooks."""

import json
import re

import yaml

from system import SOURCE

PROMETHEUS = SOURCE / "deploy/prometheus"
GRAFANA = SOURCE / "deploy/grafana"
SERVICES = ("collector", "storage", "gateway", "scheduler")

# Prometheus' own.
BUILT_IN = {"up", "ALERTS"}
_WORDS = {"and", "or", "unless", "offset", "bool", "by", "without", "on", "ignoring", "group_left", "group_right"}


def catalogue():
    """{service: {metric: (type, labels)}} of docs/metrics.md."""
    found = {service: {} for service in SERVICES}
    services = ()
    for line in (SOURCE / "docs/metrics.md").read_text().splitlines():
        if line.startswith("## "):
            services = [service for service in SERVICES if service in line.lower()]
        row = re.match(r"\| `(\w+)` \| (\w+) \| ([\w, ]*)\|", line)
        if row:
            labels = {label.strip() for label in row[3].split(",") if label.strip()}
            for service in services:
                assert row[1] not in found[service], f"docs/metrics.md says {row[1]} twice"
                found[service][row[1]] = (row[2], labels)
    return found


def catalogued_series():
    """Names that a query may ask for."""
    names = set()
    for metrics in catalogue().values():
        for name, (kind, _) in metrics.items():
            names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
    return names


def exposed(text):
    """{metric: (type, labels of its samples, or None without any)} of a Prometheus text."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            found[name] = (kind, None)
        elif line and not line.startswith("#"):
            name, inside = re.match(r"([\w:]+)(?:\{(.*)\})? ", line).groups()
            if name not in found:
                name = re.sub(r"_(bucket|sum|count)$", "", name)
            labels = set(re.findall(r'(\w+)="', inside or "")) - {"le"}
            found[name] = (found[name][0], labels | (found[name][1] or set()))
    return found


def rules():
    """Every rule of deploy/prometheus/rules."""
    return [rule for file in sorted((PROMETHEUS / "rules").glob("*.yml"))
            for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


def recorded():
    return {rule["record"] for rule in rules() if "record" in rule}


def definitions():
    return {file.stem: yaml.safe_load(file.read_text()) for file in sorted((GRAFANA / "definitions").glob("*.yaml"))}


def dashboards():
    return {file.stem: json.loads(file.read_text()) for file in sorted((GRAFANA / "dashboards").glob("*.json"))}


def names_in(expression):
    """Metric names of a PromQL expression."""
    text = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', " ", expression)
    text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    text = re.sub(r"\boffset\s+\w+", " ", text)
    names = re.findall(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)(?!\s*\()\b(?![\w:(])", text)
    return {name for name in names if name not in _WORDS}


def anchors(markdown):
    """The anchors that headings of a Markdown text make."""
    headings = re.findall(r"^#+ +(.+?) *$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
