"""Strict JSON and signed cursors."""

from engine.encoding.json import dumps, iso_timestamp, loads, may_vanish, plain, too_small, vanishes

__all__ = [
    "dumps",
    "iso_timestamp",
    "loads",
    "may_vanish",
    "plain",
    "too_small",
    "vanishes",
]
