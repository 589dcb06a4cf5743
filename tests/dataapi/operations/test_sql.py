"""The request that runs a statement."""

from __future__ import annotations

from typing import Any

import pytest

from dataapi.operations.sql import OPERATIONS, SqlRequest
from tests.dataapi.operations.support import errors_of

STATEMENT = "SELECT 1"
ONE = "Send the statement as query, or as sql."


@pytest.mark.parametrize("members", [{"query": STATEMENT}, {"sql": STATEMENT}])
def test_a_statement_has_two_names(members: dict[str, str]) -> None:
    request = SqlRequest.parse({"database_id": "d", **members})
    assert (request.database_id, request.statement) == ("d", STATEMENT)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"database_id": "d"}, [("query", ONE)]),
        ({"database_id": "d", "query": "", "sql": STATEMENT}, [("query", "query is required")]),
        ({"database_id": "d", "query": STATEMENT, "sql": STATEMENT}, [("query", ONE)]),
        ({"query": STATEMENT}, [("database_id", "database_id is required")]),
        ({"database_id": "", "query": STATEMENT}, [("database_id", "database_id is required")]),
        ({"database_id": "d", "query": 7}, [("query", "query must be a string without NUL")]),
        ({"database_id": "d", "query": "a\0"}, [("query", "query must be a string without NUL")]),
        (
            {"database_id": 7, "sql": [], "dry_run": True},
            [
                ("database_id", "database_id must be a string without NUL"),
                ("sql", "sql must be a string without NUL"),
                ("dry_run", "Unknown parameter dry_run."),
            ],
        ),
    ],
)
def test_requests_that_are_refused(body: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(SqlRequest, body) == errors


def test_the_operation_describes_both_names_and_the_answer() -> None:
    (operation,) = OPERATIONS
    description = operation.as_dict()
    body = description["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"database_id", "query", "sql"}
    assert body["required"] == ["database_id"]
    answer = description["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(answer["properties"]) == ["success", "columns", "data", "changes", "truncated"]
