"""The built-in jobs fire by their schedules and their tasks really do their work, in whichever service can."""

import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from system import SOURCE, System, eventually

OFTEN = """
jobs:
  cache_warmup: {schedule: every 2s}
  retention: {schedule: every 2s, payload: '{"older_than":"4s"}'}
  recover_stuck_tasks: {schedule: every 2s}
  recover_failed_tasks: {schedule: every 2s}
"""


class JobsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", "500", "--symbols", "BTC-USDT,ETH-USDT"])
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        folder = cls.system.config["scheduler"] = cls.system.folder / "scheduler-config"
        shutil.copytree(SOURCE / "services/scheduler/config", folder)
        (folder / "local.yaml").write_text(OFTEN)
        cls.system.start()

    def tasks(self, kind, **wanted):
        rows = self.system.get("tasks", kind=kind, limit=1000)["data"]
        return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]

    def test_every_built_in_job_runs_by_its_schedule(self):
        for kind, worker in (("cache_warmup", "gateway"), ("retention", "storage"), ("recover_stuck_tasks", "scheduler"),
                             ("recover_failed_tasks", "scheduler")):
            with self.subTest(kind):
                done = eventually(f"{kind} has run twice", lambda k=kind: (
                    lambda rows: rows if len(rows) > 1 else None)(
                        [row for row in self.tasks(k, status="succeeded") if row["origin"].startswith("job:")]), 30)
                for row in done:
                    self.assertTrue(row["id"].startswith(kind + "-"), row)
                    # The worker's name begins with the name of its service's instance.
                    instance = self.system.service(worker, "/health").json()["instance"]
                    self.assertTrue(row["worker"].startswith(instance), row)
        jobs = {job["id"]: job for job in self.system.get("jobs")["data"]}
        self.assertTrue(jobs["retention"]["last_fired_ts"])
        self.assertTrue(jobs["retention"]["last_task_id"].startswith("retention-"))
        for polled in ("funding_rates", "open_interest", "gap_repair"):
            self.assertTrue(jobs[polled]["enabled"])
        self.assertFalse(jobs["liquidation_monitor"]["enabled"], "every venue streams its liquidations")

    def test_retention_deletes_what_is_old_and_leaves_a_named_gap(self):
        name = "BTC-USDT"
        first = eventually("trades are stored", lambda: self.oldest(name), 30)
        eventually("the oldest trade is gone", lambda: self.oldest(name) > first, 30)
        start = stored.ns(self.system.get("trades", exchange="binance", symbol=name, limit=1)["data"][0]["order_ts"])
        eventually("its time is a gap that says why", lambda: "retention" in {
            reason for _, _, reason in stored.gaps(self.system, name, "trade", start - 60_000_000_000, start)}, 20)

    def oldest(self, symbol):
        rows = self.system.get("trades", exchange="binance", symbol=symbol, start=0, limit=1)["data"]
        return int(rows[0]["trade_id"]) if rows else 0

    def test_a_trace_goes_along_through_the_queue(self):
        """From the client over the gateway, the scheduler and the queue to whoever does the work, and to whom that asks."""
        def post(path, body, number):
            trace = f"{number:032x}"
            answer = self.system.service("gateway", f"/api/v1/{path}", "POST", body, {
                "traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
            self.assertEqual(answer.status // 100, 2, answer.body)
            self.assertEqual(answer.headers["traceparent"].split("-")[1], trace)
            return answer.json()["data"]["task_id"], trace
        for number, (worker, kind) in enumerate((("gateway", "cache_warmup"), ("storage", "retention"),
                                                 ("scheduler", "recover_stuck_tasks")), 0xabc1):
            payload = {"older_than": "1h"} if kind == "retention" else {}
            task, trace = post("tasks", {"kind": kind, "payload": payload}, number)
            self.assert_done(worker, task, trace)
        task, trace = post("jobs/open_interest/run", {}, 0xabcf)
        self.assert_done("scheduler", task, trace)

    def assert_done(self, worker, task, trace):
        log = self.system.processes[worker].log
        line = eventually(f"{worker} has done {task}", lambda: next(
            (line for line in log.read_text().splitlines() if "task done" in line and task in line), None), 30)
        self.assertIn(trace, line)

    def test_the_pool_rests_at_three_workers(self):
        self.assertEqual(self.system.metric("scheduler", "marketprism_tasks_workers"), 3)

    def test_a_task_that_nobody_knows_waits_and_is_withdrawn(self):
        answer = self.system.service("gateway", "/api/v1/tasks", "POST", {"kind": "unheard_of", "priority": "critical"})
        self.assertEqual(answer.status // 100, 2, answer.body)
        task = answer.json()["data"]["task_id"]
        self.assertEqual([row["status"] for row in self.tasks("unheard_of")], ["pending"])
        answer = self.system.service("gateway", f"/api/v1/tasks/{task}/cancel", "POST", {})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual([row["status"] for row in self.tasks("unheard_of")], ["cancelled"])


if __name__ == "__main__":
    cases.main()
