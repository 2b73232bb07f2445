"""What the store holds, asked over REST, in the terms of the evidence."""

import calendar
import itertools
import time

from system import eventually

MS = 1_000_000


def ns(text):
    """Nanoseconds of the API's RFC 3339 text, exactly."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 1_000_000_000 + int(fraction.ljust(9, "0"))


def identity_of(kind, row):
    if kind == "trade":
        return row["trade_id"]
    if kind == "book_delta":
        return int(row["first_update_id"]), int(row["last_update_id"])
    if kind == "bbo":
        return int(row["update_id"])
    if kind == "kline":
        return row["interval"], ns(row["open_time"]) // MS, ns(row["exchange_ts"]) // MS
    return ns(row["exchange_ts"]) // MS


def symbols(system):
    """Canonical symbol by the venue's."""
    return {row["venue_symbol"]: row["symbol"] for row in system.all_rows("instruments", start=None)}


def series(symbol, kind):
    return {"exchange": "binance", "market": "spot", "symbol": symbol, "data_type": kind}


def rows(system, symbol, kind):
    return system.all_rows("events", **series(symbol, kind))


_questions = itertools.count(1)


def gaps(system, symbol, kind, start, end):
    """[(from, to, reason)] of a series inside [start, end), as it is now."""
    return gaps_of(system, series(symbol, kind), start, end)


def gaps_of(system, of, start, end):
    """The same of a series of any exchange, given as the parameters that name it."""
    # Answers about intervals that are over are kept for a while: a beginning of its own asks anew.
    data = system.get("coverage", **of, start=start - next(_questions), end=end)["data"]
    found = [(max(ns(gap["from"]), start), ns(gap["to"]), gap["reason"]) for each in data for gap in each["gaps"]]
    return [gap for gap in found if gap[0] < gap[1]]


def missing_of(system, of, start, end):
    """{from: how many events are missing, None where nobody can tell} of the same gaps."""
    data = system.get("coverage", **of, start=start - next(_questions), end=end)["data"]
    return {ns(gap["from"]): gap.get("missing") for each in data for gap in each["gaps"]}


def final_gaps_of(system, of, start, end):
    """The same when the claims have come to `end`: what comes last is claimed a little after it is stored."""
    found = []

    def claimed():
        found[:] = gaps_of(system, of, start, end)
        return all(to < end for _, to, _ in found)
    eventually(f"{of} is claimed to the end", claimed, 20)
    return found


def coverage(system, symbol, kind, start, end):
    """What the last page of an answer says about [start, end)."""
    cursor = None
    while True:
        page = system.get("events", **series(symbol, kind), start=start, end=end, limit=10000, cursor=cursor)
        cursor = page.get("next_cursor")
        if not cursor:
            return page["coverage"]


def count(system):
    """Events that reached the engine, claims about them left out."""
    return system.metric("storage", "marketprism_messages_total", lambda line: 'data_type="coverage"' not in line)
