"""The declared fields of an event are those that are published."""

from __future__ import annotations

from urllib.parse import parse_qsl

from dialects.airsequel.billing.operations import PaddleFields
from tests.dialects.airsequel.support import SAMPLES


def test_declared_fields_are_published() -> None:
    published = dict(parse_qsl(SAMPLES["POST /api/events/paddle"]["request"]))
    assert PaddleFields.__annotations__.keys() <= published.keys()
