"""Requests about tokens."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.airsequel.people.operations.tokens import TokenChange, TokenRequest
from tests.dialects.airsequel.people.support import SAMPLES


def test_the_published_requests_are_read() -> None:
    new = TokenRequest.parse(SAMPLES["POST /api/tokens"]["request"])
    assert [name for _, name in new.permissions] == ["read", "write"]
    change = TokenChange.parse(SAMPLES["PATCH /api/tokens/:tokenId"]["request"])
    assert (change.description, change.expiration_utc) == ("Allows cool app to access GraphQL API", None)


@pytest.mark.parametrize(
    ("body", "sent"), [({}, set()), ({"description": None}, {"description"}), ({"name": "x"}, {"name"})]
)
def test_absence_differs_from_null(body: Any, sent: set[str]) -> None:
    assert TokenChange.parse(body).model_fields_set == sent
