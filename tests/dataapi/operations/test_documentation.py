"""The tables of the documentation match the declared operations."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dataapi.operations import OPERATIONS
from datacube.local.paths import ROOT
from web.operations.schemas import schema_of

PAGES = ROOT / "docs" / "api"
BY_ID = {operation.id: operation for operation in OPERATIONS}
# The sections with a table of what a request may contain, and the operation of each.
SECTIONS = {
    ("data.md", "## POST: insert"): "insert_documents",
    ("data.md", "## GET: find"): "find_documents",
    ("data.md", "## PUT: update"): "update_documents",
    ("queries.md", "## GET /api/distinct"): "distinct_values",
    ("queries.md", "## POST /api/aggregate"): "aggregate_documents",
    ("queries.md", "### POST /api/indexes"): "create_index",
    ("history.md", "## GET /api/history"): "document_history",
    ("history.md", "## GET /api/history/search"): "search_history",
    ("history.md", "## POST /api/restore with `as_of`"): "restore_document",
    ("events.md", "## GET /api/events, long poll"): "events",
    ("v2.md", "## PUT"): "update_documents_v2",
}
# Where each operation is documented, with what it shares with others.
TEXT = "".join(
    (PAGES / f"{name}.md").read_text() for name in ("data", "writes", "queries", "history", "events", "v2")
)


def fields_of(operation: Any) -> dict[str, dict[str, Any]]:
    """Return {name: schema} of the members and parameters, each with `required`."""
    fields: dict[str, dict[str, Any]] = {}
    for model in filter(None, (operation.query, operation.body)):
        schema = schema_of(model)
        for part in reversed(schema.get("anyOf", [schema])):
            for name, field in part["properties"].items():
                fields[name] = {**field, "required": name in part.get("required", ())}
    return fields


def rows(page: str, heading: str) -> list[tuple[list[str], str]]:
    """Return the names and the text of each row of the section's table."""
    section = (PAGES / page).read_text().split(f"\n{heading}\n")[1].split("\n## ")[0] + "\n\n"
    table = re.search(r"\n\| (?:member|parameter) \|.*?\n\n", section, re.DOTALL)
    assert table, heading
    lines = [line.strip("| ").split(" | ", 1) for line in table[0].strip().splitlines()[2:]]
    return [(re.findall(r"`([^`]+)`", names), text) for names, text in lines]


@pytest.mark.parametrize(("page", "heading"), SECTIONS)
def test_tables_name_declared_fields(page: str, heading: str) -> None:
    fields = fields_of(BY_ID[SECTIONS[page, heading]])
    aliases = {"documents": "data"}
    for names, text in rows(page, heading):
        for name in names:
            field = fields[aliases.get(name, name)]
            assert not text.startswith("required") or field["required"], name
            default = re.search(r"\bdefault `?(true|false|\d+)`?(?!.* and )", text)
            if default and len(names) == 1:
                assert str(field.get("default", False)).lower() == default[1], name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_field_is_documented(operation: Any) -> None:
    missing = [name for name in fields_of(operation) if not re.search(rf"[`{{ \"&?]{name}\b", TEXT)]
    assert missing == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_examples_are_valid_requests(operation: Any) -> None:
    body = operation.as_dict().get("requestBody")
    if body and operation.media == "application/json":
        example = body["content"]["application/json"]["example"]
        model = getattr(operation.body, "__args__", [operation.body])[0]
        assert model.parse(example)
