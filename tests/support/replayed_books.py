"""Books that are kept here, from a capture's raw messages alone, to compare the store with at any point of a session."""

import random
from decimal import Decimal

MS = 1_000_000


def number(text):
    return None if text is None else Decimal(str(text)).normalize() + 0


def levels(side):
    return tuple((number(price), number(quantity)) for price, quantity in side)


class Replayed:
    """The messages of one book in their order, from its snapshot to where the capture misses one."""

    def __init__(self):
        self.messages = []  # (time in ms or None, whole book?, bids, asks)

    def take(self, time, whole, bids, asks):
        self.messages.append((time, whole, bids, asks))

    def points(self, count, seed):
        """Numbers of messages at whose time the book can be asked for: no later message has the same or an earlier one."""
        alone, earliest = [], float("inf")
        for number_of, (time, _, _, _) in reversed(list(enumerate(self.messages))):
            if time is not None and time < earliest:
                alone.append(number_of)
                earliest = time
        return set(random.Random(seed).sample(sorted(alone), min(count, len(alone))))

    def books(self, points):
        """[(time in ms, bids, asks)] behind each of those messages, best prices first."""
        sides = ({}, {})
        for number_of, (time, whole, bids, asks) in enumerate(self.messages):
            for side, changes in zip(sides, (bids, asks)):
                if whole:
                    side.clear()
                for price, quantity in changes:
                    if number(quantity) == 0:
                        side.pop(number(price), None)
                    else:
                        side[number(price)] = number(quantity)
            if number_of in points:
                yield time, tuple(sorted(sides[0].items(), reverse=True)), tuple(sorted(sides[1].items()))


def compare(test, replayed, ask, count=25):
    """`replayed`: {name: Replayed}; `ask(name, time in ns)`: the store's whole book. Every level is compared; the points are the same in each run."""
    compared = 0
    for name, messages in sorted(replayed.items()):
        for time, bids, asks in messages.books(messages.points(count, name)):
            book = ask(name, time * MS)
            test.assertEqual(levels(book["bids"]), bids, f"{name} bids at {time}")
            test.assertEqual(levels(book["asks"]), asks, f"{name} asks at {time}")
            compared += 1
    test.assertGreaterEqual(compared, count)


def of_binance(payloads, snapshots):
    """{symbol: Replayed} of spot books: `payloads` are data objects in order, `snapshots` {symbol: REST answer}."""
    books, last = {}, {}
    for symbol, answer in snapshots.items():
        books[symbol] = Replayed()
        books[symbol].take(None, True, answer["bids"], answer["asks"])
        last[symbol] = answer["lastUpdateId"]
    for data in payloads:
        symbol = data.get("s")
        if data.get("e") != "depthUpdate" or symbol not in last or data["u"] <= last[symbol]:
            continue
        if data["U"] > last[symbol] + 1:
            del last[symbol]  # the capture misses an update
            continue
        books[symbol].take(data["E"], False, data["b"], data["a"])
        last[symbol] = data["u"]
    return books
