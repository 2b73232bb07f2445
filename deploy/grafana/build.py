#!/usr/bin/env python3
"""Writes dashboards/<name>.json from definitions/<name>.yaml; --check only says which differ.

A definition has title, uid, optional variables {name: label of a metric to choose from}, and panels:
  title, queries [{expr, legend}], kind (timeseries | stat | table, default timeseries), unit, width (of 24),
  empty: why a healthy system may rightly show nothing here (tests/e2e/monitoring_test.py reads it).
"""

import argparse
import json
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = {"type": "prometheus", "uid": "prometheus"}
HEIGHTS = {"timeseries": 8, "stat": 4, "table": 8}


def target(number, query, kind):
    return {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": query["expr"],
            "legendFormat": query.get("legend", "__auto"), "instant": kind != "timeseries",
            "range": kind == "timeseries", **({"format": "table"} if kind == "table" else {})}


def options(kind):
    if kind == "stat":
        return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value"}
    if kind == "table":
        return {"showHeader": True}
    return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}


def description(panel):
    said = [panel.get("description"), f'Empty: {panel["empty"]}' if "empty" in panel else None]
    return " ".join(text for text in said if text)


def panels(definition):
    column = row = height = 0
    for number, panel in enumerate(definition["panels"], 1):
        kind = panel.get("kind", "timeseries")
        width = panel.get("width", 4 if kind == "stat" else 12)
        if column + width > 24:
            column, row, height = 0, row + height, 0
        yield {"id": number, "type": kind, "title": panel["title"], "description": description(panel),
               "datasource": SOURCE,
               "gridPos": {"x": column, "y": row, "w": width, "h": HEIGHTS[kind]},
               "fieldConfig": {"defaults": {"unit": panel.get("unit", "short")}, "overrides": []},
               "options": options(kind),
               "targets": [target(i, query, kind) for i, query in enumerate(panel["queries"])]}
        column, height = column + width, max(height, HEIGHTS[kind])


def variable(name, metric):
    query = f"label_values({metric}, {name})"
    return {"name": name, "type": "query", "datasource": SOURCE, "query": {"query": query, "refId": name},
            "definition": query, "refresh": 2, "includeAll": True, "multi": True, "allValue": ".*",
            "current": {"text": "All", "value": "$__all"}}


def dashboard(definition):
    return {"uid": definition["uid"], "title": definition["title"], "tags": ["marketprism"], "schemaVersion": 38,
            "timezone": "utc", "refresh": "10s", "time": {"from": "now-30m", "to": "now"}, "editable": False,
            "templating": {"list": [variable(*item) for item in definition.get("variables", {}).items()]},
            "links": [{"type": "dashboards", "title": "MarketPrism", "tags": ["marketprism"], "asDropdown": True}],
            "panels": list(panels(definition))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for file in sorted((HERE / "definitions").glob("*.yaml")):
        text = json.dumps(dashboard(yaml.safe_load(file.read_text())), indent=1) + "\n"
        out = HERE / "dashboards" / f"{file.stem}.json"
        if not out.exists() or out.read_text() != text:
            stale.append(out.name)
            if not check:
                out.write_text(text)
    if check and stale:
        sys.exit(f"deploy/grafana/build.py has not been run: {', '.join(stale)}")


if __name__ == "__main__":
    main()
