"""The request and the response of the explanation of a key."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.serializers import ACTIONS
from catalog.services.key_rules.explanation import RULES
from management.serializers import keys
from management.serializers.fields import parse
from management.serializers.keys import ExplainKeyRequest, ExplainKeyResponse
from tests.management.serializers.support import DATABASE, errors_of, example_errors, example_of

GOOD = {"action": "read", "database": DATABASE}


def test_the_example_of_the_request_is_valid() -> None:
    example = example_of(ExplainKeyRequest)
    expected = {**example, "database_id": example["database"]}
    del expected["database"]
    assert parse(ExplainKeyRequest, example) == expected


def test_the_example_of_the_response_is_valid() -> None:
    assert example_errors(ExplainKeyResponse) == {}
    assert {*vars(keys)} >= {"ExplainKeyRequest", "ExplainKeyResponse"}


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_can_be_asked_for(action: str) -> None:
    assert parse(ExplainKeyRequest, {**GOOD, "action": action})["action"] == action


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_declared(rule: str) -> None:
    serializer: Any = ExplainKeyResponse
    assert serializer(data={**example_of(serializer), "rule": rule}).is_valid()


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({}, ["action", "database"]),
        ({"action": "fly"}, ["action", "database"]),
        ({**GOOD, "action": None}, ["action"]),
        ({**GOOD, "action": ["read"]}, ["action"]),
        ({**GOOD, "action": "READ"}, ["action"]),
        ({**GOOD, "database": 7}, ["database"]),
        ({**GOOD, "key_id": 7}, ["key_id"]),
        ({**GOOD, "collection": {}, "document": 1}, ["collection", "document"]),
        ({"action": 1, "database": None, "document": 1}, ["action", "database", "document"]),
    ],
    ids=str,
)
def test_every_error_is_reported(members: dict[str, Any], fields: list[str]) -> None:
    assert sorted(field for field, _ in errors_of(ExplainKeyRequest, members)) == sorted(fields)
