"""Every container of the test topology killed, paused and cut off under load, and the account afterwards: whatever the simulator
sent is stored once or lies in a listed gap, and gaps are only where a collector or the exchange itself was away."""

import collections
import contextlib
import threading
import time

import stored
from compose import DOCKER, Asker, Outside, eventually, now, run
from evidence import Evidence
from system import http
from topology import EVIDENCE, SERVICES, TopologyCase

SECOND = 1_000_000_000
LASTS = 3.0  # s
ELECTED = 30.0  # s in which brokers agree on who leads, if they do
BROKERS = ("nats-1", "nats-2", "nats-3")
# At the same time: never two of what stand in for each other.
ROUNDS = (("nats-1", "clickhouse-1", "api-gateway-service", "redis"),
          ("nats-2", "clickhouse-2", "data-storage-service", "scheduler-service"),
          ("nats-3", "market-data-collector", "load-balancer", "monitoring-service"))
ABSENT = ("market-data-collector", "exchange-sim")  # whose faults may cost events
SYMBOLS = ("BTC-USDT", "ETH-USDT", "BNB-USDT", "SOL-USDT", "XRP-USDT")
# Claims end a little before an absence, and an event's place in time is the exchange's clock.
SLACK = 3 * SECOND


class FaultsTest(TopologyCase):
    def setUp(self):
        self.began, self.absences = time.time_ns(), []  # [(from, to)] in ns
        self.asker, self.contested = Asker(self.gateway), {}

    def data_is_newer(self, than):
        for symbol in SYMBOLS:
            eventually(f"a trade of {symbol} newer than {than}", lambda s=symbol: max(
                (row["received_ts"] for row in self.gateway.trades(symbol=s)), default="") > than)

    def brokers_are_whole(self):
        """Whether all that one of them leads the other two have too. /healthz of 2.9 wants more: that every consumer was used since."""
        names, whole, leaders = set(), set(), collections.defaultdict(list)
        for broker in BROKERS:
            container, = self.stack.containers(broker)
            answer = http("GET", f"http://{self.stack.address(container)}:8222/jsz?streams=true", timeout=5).json()
            for stream in (stream for account in answer["account_details"] for stream in account["stream_detail"]):
                names.add(stream["name"])
                if stream["cluster"]["leader"] != broker:
                    continue
                leaders[stream["name"]].append(broker)
                if all(row["current"] for row in stream["cluster"].get("replicas", [])):
                    whole.add(stream["name"])
        self.part_leaders({name: found for name, found in leaders.items() if len(found) > 1})
        return names and names == whole

    def part_leaders(self, contested):
        """What docs/operations.md (Lost broker) says where two brokers go on leading one stream, as 2.9 may after a partition."""
        self.contested = {name: self.contested.get(name, time.monotonic()) for name in contested}
        for name, since in self.contested.items():
            if time.monotonic() - since > ELECTED:
                print(f"{' and '.join(contested[name])} both lead {name}: the second is restarted", flush=True)
                run(DOCKER, "restart", *self.stack.containers(contested[name][1]))
                self.contested = {}
                return

    def services_are_ready(self, services):
        for service in set(services) & set(SERVICES):
            for container in self.stack.containers(service):
                eventually(f"{service} is ready", lambda c=container: self.stack.passes_its_check(c))

    def hurt(self, how, services):
        """One container of each service, at the same time."""
        began, failures = time.time_ns(), len(self.asker.failures)
        with contextlib.ExitStack() as undone:
            for service in services:
                undone.callback(how(self.stack.containers(service)[0]))
            threading.Event().wait(LASTS)
        over = now()
        mended = time.monotonic()
        self.services_are_ready(services)
        self.data_is_newer(over)
        eventually("the brokers have caught up", self.brokers_are_whole)
        if set(services) & set(ABSENT):
            self.absences.append((began - SLACK, time.time_ns() + SLACK))
        print(f"{how.__name__} {' '.join(services)}: all is well {time.monotonic() - mended:.1f} s after it was over,"
              f" {len(self.asker.failures) - failures} asks without an answer", flush=True)

    def test_each_is_killed_paused_and_cut_off_and_nothing_is_lost_or_doubled(self):
        with self.asker:
            for how in (self.stack.kill, self.stack.pause, self.stack.cut_off):
                for services in ROUNDS:
                    with self.subTest(f"{how.__name__} {services}"):
                        self.hurt(how, services)
            # Killed it would begin its numbers anew, which no exchange does.
            for how in (self.stack.pause, self.stack.cut_off):
                with self.subTest(f"{how.__name__} exchange-sim"):
                    self.hurt(how, ("exchange-sim",))
        self.check_health()
        self.check_account()

    def check_health(self):
        counts = {service: len(self.stack.containers(service)) for service in SERVICES}
        for service, count in counts.items():
            self.stack.wait_healthy(service)
            self.wait_instances(service, count)
        eventually("Prometheus reaches all", lambda: self.scraped() == sum(counts.values()))

    def check_account(self):
        self.sim("stop_market", "POST")
        eventually("the collectors have read what was sent", lambda: self.sim("await_readers", "POST") or True)
        self.sim("flush", "POST")
        evidence, outside = Evidence(EVIDENCE / "evidence.jsonl"), Outside(self.gateway)
        self.assertGreater(evidence.total(), 5_000, "there was a load")
        names = {row["venue_symbol"]: row["symbol"] for row in outside.all_rows("instruments", start=None)
                 if (row["exchange"], row["market"]) == ("binance", "spot")}
        missing = 0
        for (venue_symbol, kind), sent in evidence.sent.items():
            symbol = names[venue_symbol]
            self.wait_explained(outside, symbol, kind, sent)
            identities = [stored.identity_of(kind, row) for row in stored.rows(outside, symbol, kind)]
            self.assertEqual(len(identities), len(set(identities)), f"{kind} of {symbol} stored twice")
            missing += len(set(sent) - set(identities))
            self.check_gaps(outside, symbol, kind, sent)
        print(f"{evidence.total()} events of {len(evidence.sent)} series: {missing} in gaps, all others stored, none twice", flush=True)

    def wait_explained(self, outside, symbol, kind, sent):
        lost = {}

        def none_lost():
            lost.clear()
            lost.update(self.unexplained(outside, symbol, kind, sent))
            return not lost
        try:
            eventually(f"every {kind} of {symbol} is stored or lies in a gap", none_lost)
        except AssertionError as error:
            ends = sorted((at, key) for key, at in lost.items())
            raise AssertionError(f"{error}: {len(lost)} of {len(sent)} are not, from {ends[0]} to {ends[-1]}; "
                                 f"the last one sent {max(sent.values())}; absences {self.absences}") from None

    def unexplained(self, outside, symbol, kind, sent):
        """What was sent, is not stored, and lies in no listed gap."""
        there = {stored.identity_of(kind, row) for row in stored.rows(outside, symbol, kind)}
        lost = {key: at for key, at in sent.items() if key not in there}
        if not lost:
            return {}
        gaps = stored.gaps(outside, symbol, kind, min(sent.values()) - SECOND, max(sent.values()) + SECOND)
        return {key: at for key, at in lost.items()
                if not any(begin - SLACK // 20 <= at < end + SLACK // 20 for begin, end, _ in gaps)}

    def check_gaps(self, outside, symbol, kind, sent):
        """Only those who read the exchange can leave a gap."""
        begin, end = self.began, max(sent.values()) - SECOND
        for first, last, reason in stored.final_gaps_of(outside, stored.series(symbol, kind), begin, end):
            self.assertTrue(any(since <= first and last <= until for since, until in self.absences),
                            f"{kind} of {symbol}: a gap from {first} to {last} ({reason}), absences {self.absences}")
