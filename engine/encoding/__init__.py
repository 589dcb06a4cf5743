"""Strict JSON and signed cursors."""

from engine.encoding.json import dumps, iso_timestamp, loads, plain

__all__ = [
    "dumps",
    "iso_timestamp",
    "loads",
    "plain",
]
