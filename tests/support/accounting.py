"""The account of a generated market: whatever the simulator sent is stored once, or lies in a listed gap."""

import stored
from evidence import Evidence
from system import System, eventually

SECOND = 1_000_000_000
# An event's place in time is the venue's clock, the evidence's is the moment of the sending.
CLOCK_SLACK = 150_000_000
# How far claims may be behind the events when a collector goes.
CLAIMS_BEHIND = 2 * SECOND
# At its beginning a series is claimed once its connection has proven itself, at its end a little after it is stored.
SETTLED = SECOND


class Accounting:
    """For test cases; `rate` in messages/s and the simulator's further arguments are the test's."""

    rate = 1000
    sim_arguments = ()

    def system(self, services=("storage", "collector", "gateway"), settings=None, release=None):
        """`release`: (binaries, source tree) of the services, where they are not these."""
        system = System(["--generate", "--seed", "7", "--rate", str(self.rate), "--log-raw", "0", *self.sim_arguments],
                        settings)
        self.addCleanup(system.__exit__, None, None, None)
        if release:
            system.release = dict.fromkeys(services, release)
        return system.start(services)

    def let_it_run(self, system, seconds):
        """Until as many more messages were sent as the market makes in so many seconds."""
        until = system.sim_status()["sent"] + self.rate * seconds
        eventually("the market goes on", lambda: system.sim_status()["sent"] >= until, seconds * 6 + 30)

    def finish(self, system):
        """Stops the market and waits until the store holds what the evidence says, or says why not."""
        system.end_market()
        evidence = Evidence(system.folder / "evidence.jsonl")
        self.assertGreater(evidence.total(), self.rate, "there was a load")
        self.assertEqual(system.metric("storage", "marketprism_storage_reconciliation_difference"), 0,
                         "what storage received is accounted for")
        eventually("the gateway finds the store",
                   lambda: system.service("gateway", "/api/v1/instruments").status == 200, 30)
        return evidence

    def check(self, system, evidence, gaps_allowed=False):
        """Every sent event is stored once or, where gaps are allowed, lies in a listed one."""
        names = stored.symbols(system)
        missing = doubled = 0
        for (symbol, kind), sent in evidence.sent.items():
            if not gaps_allowed:
                # What a killed consumer held is delivered again after its ack_wait.
                eventually(f"every {kind} of {symbol} is stored", lambda n=names[symbol], k=kind, wanted=set(sent):
                           wanted <= {stored.identity_of(k, row) for row in stored.rows(system, n, k)}, 40)
            identities = [stored.identity_of(kind, row) for row in stored.rows(system, names[symbol], kind)]
            there = set(identities)
            doubled += len(identities) - len(there)
            lost = {key: at for key, at in sent.items() if key not in there}
            missing += len(lost)
            first, last = min(sent.values()) - SECOND, max(sent.values()) + SECOND
            gaps = stored.gaps(system, names[symbol], kind, first, last) if lost else []
            if not gaps_allowed:
                # Nothing else than a collector's own absence makes gaps.
                begin, end = min(sent.values()) + SETTLED, max(sent.values()) - SETTLED
                listed = stored.final_gaps_of(system, stored.series(names[symbol], kind), begin, end) if begin < end else []
                self.assertEqual(listed, [], f"{symbol} {kind}")
            for key, at in lost.items():
                self.assertTrue(any(begin - CLOCK_SLACK <= at < end + CLOCK_SLACK for begin, end, _ in gaps),
                                f"{symbol} {kind} {key} is lost at {at} outside of every gap: {gaps}")
        self.assertEqual(doubled, 0, "events stored twice")
        return missing

    def check_subscriber(self, system, evidence, subscriber):
        """What is stored since the subscription began was seen, once."""
        last = max(int(key) for key in evidence.sent[subscriber.symbol.replace("-", ""), "trade"])
        eventually("the subscriber has caught up", lambda: subscriber.seen and subscriber.seen[-1] >= last)
        subscriber.stop.set()
        self.assertEqual(len(subscriber.seen), len(set(subscriber.seen)), "an event was seen twice")
        stored_ids = [int(row["trade_id"]) for row in stored.rows(system, subscriber.symbol, "trade")]
        self.assertEqual([i for i in stored_ids if i >= subscriber.seen[0]], sorted(subscriber.seen),
                         "what is stored since the subscription began was seen")

    def check_gaps(self, system, evidence, gone):
        """The only cause of gaps is the collector's absence: they end when events come to who subscribed since."""
        names, again = stored.symbols(system), evidence.flows_again(int(gone * SECOND))
        first = int(gone * SECOND) - CLAIMS_BEHIND
        for symbol, kind in evidence.sent:
            what, back = f"{symbol} {kind}", again.get((symbol, kind), first)
            times = [at for (other, _), sent in evidence.sent.items() if other == symbol for at in sent.values()]
            last = max(times) - SECOND
            self.assertLess(min(times), first, f"{what} was there for long before")
            self.assertLess(back, last, f"{what} was there for long afterwards")
            for begin, end, reason in stored.final_gaps_of(system, stored.series(names[symbol], kind), first, last):
                self.assertGreater(begin, first, f"{what}: {reason}")
                self.assertLess(end, back + CLOCK_SLACK, f"{what}: {reason}")
                absence = back - int(gone * SECOND)
                self.assertLess(end - begin, absence + SECOND + CLOCK_SLACK, f"{what}: {reason}")
