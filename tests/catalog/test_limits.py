"""The engine's limits come from the settings."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

import engine
from catalog.limits import limits

SETTINGS = {
    "depth": "MAX_DEPTH",
    "query_nodes": "MAX_QUERY_NODES",
    "document_nodes": "MAX_DOCUMENT_NODES",
    "schema_checks": "MAX_SCHEMA_CHECKS",
    "regex_length": "MAX_REGEX_LENGTH",
    "batch_documents": "MAX_BATCH_DOCUMENTS",
    "page_size": "MAX_PAGE_SIZE",
    "collection_fields": "MAX_COLLECTION_FIELDS",
    "indexes": "MAX_INDEXES",
    "expand_depth": "MAX_EXPAND_DEPTH",
    "expanded": "MAX_EXPANDED",
    "query_seconds": "QUERY_TIMEOUT",
    "write_seconds": "WRITE_SECONDS",
    "slow_query_ms": "SLOW_QUERY_MS",
}


def test_every_limit_has_a_setting() -> None:
    assert set(SETTINGS) == {field.name for field in fields(engine.Limits)}


@pytest.mark.parametrize(("cap", "setting"), SETTINGS.items())
def test_each_setting_is_the_limit(settings: Any, cap: str, setting: str) -> None:
    setattr(settings, setting, 7)
    assert getattr(limits(), cap) == 7
