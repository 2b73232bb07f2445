"""What a venue does not stream is asked for by the scheduler's jobs: open interest, and the funding rates that were
settled, exactly as the venue answered."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from system import CAPTURES, System, eventually

CAPTURE = "cryptofeed/binance-usdm_20210722.jsonl"
MS = 1_000_000


@unittest.skipUnless(CAPTURES, "MP_CAPTURES names no folder of captures")
class PollTest(unittest.TestCase):
    def setUp(self):
        self.system = System(["--replay", pathlib.Path(CAPTURES) / CAPTURE, "--speed", "max"], {"collector": {
            "venues.binance_linear.data_types": "[trade, mark_price, funding_rate, open_interest]"}})
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start()
        eventually("instruments are stored", lambda: stored.symbols(self.system))
        self.names = stored.symbols(self.system)

    def run_job(self, job):
        answer = self.system.service("gateway", f"/api/v1/jobs/{job}/run", "POST", {})
        self.assertEqual(answer.status // 100, 2, answer.body)
        task = answer.json()["data"]["task_id"]

        def done():
            rows = [row for row in self.system.get("tasks", kind=job, limit=100)["data"] if row["id"] == task]
            return rows[0] if rows and rows[0]["status"] in ("succeeded", "dead") else None
        row = eventually(f"{job} has run", done, 60)
        self.assertEqual(row["status"], "succeeded", row)
        return row["result"]

    def answers(self, path):
        """{venue symbol: [what the venue answered]}"""
        self.system.sim("flush", "POST")
        found = {}
        for line in open(self.system.folder / "evidence.jsonl"):
            record = json.loads(line)
            if record["what"] == "rest" and f"{path}?symbol=" in record["target"] and record["status"] == 200:
                symbol = record["target"].split("symbol=")[1].split("&")[0]
                found.setdefault(symbol, []).append(json.loads(record["raw"]))
        return found

    def rows(self, path, name):
        return self.system.all_rows(path, exchange="binance", market="linear", symbol=name)

    def test_open_interest_is_read_and_claimed_for_its_period(self):
        result = self.run_job("open_interest")
        self.assertEqual(result["instruments"], len(self.names), result)
        self.assertEqual((result["events"], result["failed"]), (len(self.names), 0))
        for venue, answers in self.answers("/fapi/v1/openInterest").items():
            name = self.names[venue]
            rows = eventually("the readings are stored", lambda n=name: self.rows("open-interest", n), 20)
            self.assertEqual([(stored.ns(row["exchange_ts"]) // MS, row["open_interest"]) for row in rows],
                             [(answer["time"], answer["openInterest"].rstrip("0").rstrip(".")) for answer in answers])
            first = stored.ns(rows[0]["exchange_ts"])
            coverage = eventually("the period is claimed", lambda n=name: [
                row for series in self.system.get("coverage", exchange="binance", market="linear", symbol=n,
                                                  data_type="open_interest")["data"] for row in series["intervals"]])
            period = 15 * 60 * 1_000_000_000
            begin, end = stored.ns(coverage[0]["from"]), stored.ns(coverage[0]["to"])
            self.assertTrue(begin <= first < end, coverage)
            self.assertEqual((begin % period, end - begin), (0, period))
            self.assertEqual(coverage[0]["source"], "rest:/fapi/v1/openInterest")

    def test_settled_funding_rates_are_read_once(self):
        for _ in range(2):
            result = self.run_job("funding_rates")
            self.assertEqual(result["failed"], 0, result)
        for venue, answers in self.answers("/fapi/v1/fundingRate").items():
            wanted = {(round(row["fundingTime"] / 1000) * 1000, row["fundingRate"].rstrip("0"))
                      for rows in answers for row in rows}
            self.assertEqual(len(wanted), 3)

            def settled(name=self.names[venue]):
                rows = self.rows("funding-rates", name)
                return [(stored.ns(row["exchange_ts"]) // MS, row["funding_rate"]) for row in rows
                        if row["next_funding_time"] == row["exchange_ts"]]
            eventually("they are stored", lambda: wanted <= set(settled()), 20)
            self.assertEqual(len(settled()), len(set(settled())), "a rate is stored twice")
        conflicts = self.system.metric("storage", "marketprism_messages_total", lambda line: 'status="conflict"' in line)
        self.assertEqual(conflicts, 0)


if __name__ == "__main__":
    cases.main()
