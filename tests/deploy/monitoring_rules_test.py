"""Rules, dashboards, catalogue and runbooks fit together, and the rules do what their tests say."""

import pathlib
import shutil
import subprocess
import sys
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import monitoring
from system import SOURCE


def promtool(*arguments):
    run = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout + run.stderr


class RulesTest(unittest.TestCase):
    def setUp(self):
        self.assertTrue(shutil.which("promtool"), "promtool is missing: run make deps")

    def test_prometheus_takes_the_configurations(self):
        for name in ("prometheus.yml", "prometheus-local.yml"):
            code, said = promtool("check", "config", monitoring.PROMETHEUS / name)
            self.assertEqual(code, 0, said)

    def test_rules_do_what_their_tests_say(self):
        code, said = promtool("test", "rules", *sorted((monitoring.PROMETHEUS / "tests").glob("*.yml")))
        self.assertEqual(code, 0, said)

    def test_every_alert_is_seen_to_fire_and_not_to_fire(self):
        fires, rests = set(), {"Watchdog"}
        for file in (monitoring.PROMETHEUS / "tests").glob("*.yml"):
            for test in yaml.safe_load(file.read_text())["tests"]:
                for case in test.get("alert_rule_test", []):
                    (fires if case.get("exp_alerts") else rests).add(case["alertname"])
        alerts = {rule["alert"] for rule in monitoring.rules() if "alert" in rule}
        self.assertEqual(alerts - fires, set())
        self.assertEqual(alerts - rests, set(), "no test shows that these are silent when all is well")

    def test_every_recording_is_seen_to_record(self):
        asked = [case["expr"] for file in (monitoring.PROMETHEUS / "tests").glob("*.yml")
                 for test in yaml.safe_load(file.read_text())["tests"] for case in test.get("promql_expr_test", [])]
        for rule in monitoring.rules():
            if "record" in rule:
                words = [rule["record"], *rule.get("labels", {}).values()]
                self.assertTrue(any(all(word in expression for word in words) for expression in asked), words)

    def test_every_alert_has_a_severity_and_a_runbook_that_exists(self):
        anchors = monitoring.anchors((SOURCE / "docs/operations.md").read_text())
        for rule in monitoring.rules():
            if "alert" not in rule:
                continue
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"))
                self.assertTrue(rule["annotations"]["summary"])
                document, _, anchor = rule["annotations"]["runbook_url"].partition("#")
                self.assertEqual(document, "docs/operations.md")
                self.assertIn(anchor, anchors)

    def test_rules_ask_only_for_metrics_of_the_catalogue(self):
        known = monitoring.catalogued_series() | monitoring.recorded() | monitoring.BUILT_IN
        for rule in monitoring.rules():
            with self.subTest(rule.get("alert") or rule["record"]):
                self.assertEqual(monitoring.names_in(rule["expr"]) - known, set())


class DashboardsTest(unittest.TestCase):
    def test_they_are_built_from_their_definitions(self):
        run = subprocess.run([sys.executable, monitoring.GRAFANA / "build.py", "--check"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(set(monitoring.definitions()), set(monitoring.dashboards()))

    def test_they_ask_only_for_metrics_of_the_catalogue(self):
        known = monitoring.catalogued_series() | monitoring.recorded() | monitoring.BUILT_IN
        for name, dashboard in monitoring.dashboards().items():
            for panel in dashboard["panels"]:
                with self.subTest(f'{name}: {panel["title"]}'):
                    for target in panel["targets"]:
                        self.assertTrue(monitoring.names_in(target["expr"]))
                        self.assertEqual(monitoring.names_in(target["expr"]) - known, set())

    def test_they_differ_in_name_and_panels_do_not_overlap(self):
        dashboards = monitoring.dashboards().values()
        self.assertEqual(len({d["uid"] for d in dashboards}), len(dashboards))
        for dashboard in dashboards:
            taken = set()
            for panel in dashboard["panels"]:
                box = panel["gridPos"]
                cells = {(x, y) for x in range(box["x"], box["x"] + box["w"]) for y in range(box["y"], box["y"] + box["h"])}
                self.assertFalse(cells & taken, f'{dashboard["title"]}: {panel["title"]}')
                self.assertLessEqual(box["x"] + box["w"], 24)
                taken |= cells

    def test_every_metric_of_the_catalogue_is_shown_somewhere(self):
        asked = set()
        for dashboard in monitoring.dashboards().values():
            for panel in dashboard["panels"]:
                for target in panel["targets"]:
                    asked |= monitoring.names_in(target["expr"])
        for rule in monitoring.rules():
            asked |= monitoring.names_in(rule["expr"])
        unasked = {name for metrics in monitoring.catalogue().values() for name in metrics
                   if not asked & {name, f"{name}_bucket", f"{name}_count"}}
        self.assertEqual(unasked, set())


if __name__ == "__main__":
    cases.main()
