"""Stale versions that keys of collections send with an Idempotency-Key: refused as without it, without effect."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest

from tests.scopes.conftest import FIELDS, FILTER, HIDDEN, MASKED, Key, Shop
from tests.support import MISSING_ID

RESTRICTIONS: dict[str, dict[str, Any]] = {
    "row filter": {"filter": FILTER},
    "mask": {"fields": FIELDS},
    "both": {"filter": FILTER, "fields": FIELDS},
    "neither": {},
}


def write(key: Key, verb: str, document_id: str, version: int, *, name: str = "") -> httpx.Response:
    """Change or delete a document of a version, perhaps once for all requests with the same key of idempotency."""
    shop = key.shop
    body: dict[str, Any] = {
        "database_id": shop.tenant.database,
        "collection_name": "orders",
        "filters": {"_id": document_id},
    }
    if verb == "PUT":
        body["update_data"] = {"$set": {"item": "chair"}}
    headers = {"If-Match": f'"{document_id}-{version}"'} | ({"Idempotency-Key": name} if name else {})
    return key.ask(f"{verb} /api/crud", json=body, headers=headers)


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
@pytest.mark.parametrize("restriction", RESTRICTIONS)
def test_a_stale_version_is_refused(shop: Shop, restriction: str, verb: str) -> None:
    key = shop.key(**RESTRICTIONS[restriction])
    assert write(key, "PUT", shop.ann, 1).status_code == 200
    plain = write(key, verb, shop.ann, 1)
    named = write(key, verb, shop.ann, 1, name=secrets.token_hex(8))
    assert (named.status_code, named.json()) == (plain.status_code, plain.json())
    assert named.status_code == 412, named.text
    assert not [text for text in HIDDEN if text in named.text]
    if "fields" in RESTRICTIONS[restriction]:
        assert not [text for text in MASKED if text in named.text]
    stored = shop.stored(shop.ann)
    assert stored is not None and stored["_sys"]["version"] == 2


@pytest.mark.parametrize("restriction", RESTRICTIONS)
def test_the_changed_fields_are_those_that_the_key_sees(shop: Shop, restriction: str) -> None:
    target = {"database_id": shop.tenant.database, "collection_name": "orders", "filters": {"_id": shop.ann}}
    change = {"update_data": {"margin": 5, "price": 11}}
    assert shop.tenant.ask("PUT /api/crud", json=target | change).status_code == 200
    answer = write(shop.key(**RESTRICTIONS[restriction]), "PUT", shop.ann, 1, name=secrets.token_hex(8))
    body = answer.json()
    is_masked = "fields" in RESTRICTIONS[restriction]
    assert (answer.status_code, body["sent_version"], body["current_version"]) == (412, 1, 2)
    assert sorted(body["changed_fields"]) == (["price"] if is_masked else ["margin", "price"])
    assert ("margin" in body["current"]) is not is_masked


def test_a_version_that_never_was_has_no_changed_fields(shop: Shop) -> None:
    answer = write(shop.key(filter=FILTER), "PUT", shop.ann, 7, name=secrets.token_hex(8))
    assert (answer.status_code, answer.json()["changed_fields"]) == (412, None)


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
@pytest.mark.parametrize("restriction", ["row filter", "both"])
def test_a_hidden_document_is_as_a_missing_one(shop: Shop, restriction: str, verb: str) -> None:
    key = shop.key(**RESTRICTIONS[restriction])
    hidden, missing = (
        write(key, verb, document_id, 1, name=secrets.token_hex(8)) for document_id in (shop.ben, MISSING_ID)
    )
    assert hidden.status_code in (404, 412)
    assert (hidden.status_code, hidden.text) == (missing.status_code, missing.text)
    stored = shop.stored(shop.ben)
    assert stored is not None and stored["_sys"]["version"] == 1


def test_a_refused_key_of_idempotency_can_be_used_again(shop: Shop) -> None:
    key, name = shop.key(filter=FILTER, fields=FIELDS), secrets.token_hex(8)
    assert write(key, "PUT", shop.ann, 9, name=name).status_code == 412
    answers = [write(key, "PUT", shop.ann, 1, name=name) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    stored = shop.stored(shop.ann)
    assert stored is not None and (stored["item"], stored["_sys"]["version"]) == ("chair", 2)
