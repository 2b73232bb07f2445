"""Reads captures by themselves: raw text to plain records, sharing nothing with the product's parsers."""

import json
import urllib.parse
from decimal import Decimal


def lines(path):
    with open(path) as file:
        for line in file:
            yield json.loads(line)


def payloads(path):
    """(capture line, data object) of every Binance spot market message; numbers stay text."""
    for record in lines(path):
        if record["direction"] != "in" or not record["raw"]:
            continue
        try:
            message = json.loads(record["raw"], parse_float=str)
        except ValueError:
            continue
        if isinstance(message, dict) and "stream" in message and "data" in message:
            yield record, message["data"]
        elif record["transport"] == "ws" and isinstance(message, dict):
            yield record, message


def depth_answers(path):
    """(symbol or None, answer) of every recorded REST snapshot of a book."""
    for record in lines(path):
        if record["direction"] == "in" and record["transport"] == "rest" and record["data_type"] == "book_snapshot":
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(record["url_or_stream"] or "").query)
            yield query.get("symbol", [None])[0], json.loads(record["raw"])


def kind(data):
    event = data.get("e")
    if event in ("trade", "aggTrade"):
        return "trade"
    if event == "depthUpdate":
        return "book_delta"
    if event == "kline":
        return "kline"
    if event == "24hrTicker":
        return "ticker"
    if event is None and {"u", "s", "b", "B", "a", "A"} <= data.keys():
        return "bbo"
    return None


def same_number(left, right):
    return Decimal(left) == Decimal(right)


def same_levels(left, right):
    return len(left) == len(right) and all(
        same_number(a[0], b[0]) and same_number(a[1], b[1]) for a, b in zip(left, right))
