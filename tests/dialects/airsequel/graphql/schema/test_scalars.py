"""Times of the extended schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from graphql import GraphQLError

from dialects.airsequel.graphql.schema.scalars import DATE_TIME


def test_a_time_is_in_utc() -> None:
    for text in ("2020-01-01T12:00:00Z", "2020-01-01T13:00:00+01:00", "2020-01-01T12:00:00"):
        assert DATE_TIME.parse_value(text) == datetime(2020, 1, 1, 12)


@pytest.mark.parametrize("value", [None, 5, "", "soon", "2999-01-01T00:00:00Z"])
def test_what_is_no_time_of_the_past(value: Any) -> None:
    with pytest.raises(GraphQLError):
        DATE_TIME.parse_value(value)
