"""A real Prometheus with the shipped configuration and rules, on a system of a test."""

import urllib.parse

import yaml

import monitoring
from system import HOST, Process, eventually, free_ports, http

JOBS = {"collector": "market-data-collector", "storage": "data-storage-service", "gateway": "api-gateway-service",
        "scheduler": "scheduler-service"}
# What Grafana puts in.
VARIABLES = {"$__rate_interval": "10s", "$exchange": ".*"}


class Prometheus:
    """Debian's, with the shipped rules and the targets of a System in place of DNS."""

    def __init__(self, system):
        self.port, = free_ports(1)
        self.folder = system.folder
        config = yaml.safe_load((monitoring.PROMETHEUS / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"}
        config["rule_files"] = [str(monitoring.PROMETHEUS / "rules/*.yml")]
        for scrape in config["scrape_configs"]:
            service = next(name for name, job in JOBS.items() if job == scrape["job_name"])
            del scrape["dns_sd_configs"]
            scrape["static_configs"] = [{"targets": [f"{HOST}:{port}" for name, port in system.http_port.items()
                                                     if name.partition("-")[0] == service]}]
        file = self.folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        system.processes["prometheus"] = Process("prometheus", [
            "prometheus", f"--config.file={file}", f"--web.listen-address={HOST}:{self.port}",
            f"--storage.tsdb.path={self.folder}/prometheus"], self.folder).start()
        eventually("Prometheus is up", lambda: http("GET", f"http://{HOST}:{self.port}/-/ready").status == 200)

    def get(self, path, **parameters):
        answer = http("GET", f"http://{HOST}:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        result = answer.json()
        assert result["status"] == "success", f"{path} {parameters}: {result}"
        return result["data"]

    def query(self, expression):
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        return self.get("query", query=expression)["result"]
