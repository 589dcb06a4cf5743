"""Requests of operations: where members go, and how one method serves both clients."""

from __future__ import annotations

import inspect
from typing import Any

from datacube_client.clients import AsyncDataCube, DataCube
from datacube_client.core.operation import Resource, keyed
from datacube_client.resources.people.accounts import AccountOperations

NO_DRIVER: Any = None
PART = Resource(NO_DRIVER, database_id="d1")


def test_members_of_a_get_are_in_the_query() -> None:
    request = PART._request("GET /api/crud", {}, {"filters": {"n": 1}, "sort": "n", "page": 2, "score": None})
    assert request.arguments == {"params": {"database_id": "d1", "filters": '{"n": 1}', "sort": "n", "page": "2"}}
    assert request.repeatable


def test_members_of_a_write_are_json_and_those_of_the_path_are_not() -> None:
    request = PART._request("POST /api/x/{name}", keyed("k"), {"name": "a/b é", "flag": True, "absent": None})
    assert request.path == "/api/x/a%2Fb%20%C3%A9"
    assert request.arguments == {"json": {"database_id": "d1", "flag": True}}
    assert request.repeatable
    assert not PART._request("POST /api/x", {}, {}).repeatable


def test_a_delete_without_members_has_no_body() -> None:
    assert Resource(NO_DRIVER)._request("DELETE /api/keys/{key_id}", {}, {"key_id": "1"}).arguments == {}


def test_random_keys_differ() -> None:
    assert keyed(None) != keyed(None)
    assert keyed("mine") == {"Idempotency-Key": "mine"}


def test_methods_keep_their_names_documentation_and_parameters() -> None:
    for client in (DataCube("http://unused"), AsyncDataCube("http://unused")):
        assert client.account.sign_in.__name__ == "sign_in"
        assert str(client.account.sign_in.__doc__).startswith("Use this person's tokens")
    assert list(inspect.signature(AccountOperations.sign_in.build).parameters) == ["self", "email", "password"]
