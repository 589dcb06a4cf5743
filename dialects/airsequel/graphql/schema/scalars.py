"""Scalar types of the extended schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError, GraphQLScalarType

from engine.schema import TYPES

_NO_TIME = 'Must be a time in ISO 8601, such as "2026-01-31T12:00:00Z".'
_FUTURE = "Must not be in the future."


def _parse(value: Any) -> datetime:
    """Return the time of a text, in UTC. Raises `GraphQLError` for another value and for a time in the future."""
    if not isinstance(value, str):
        raise GraphQLError(_NO_TIME)
    try:
        timestamp: datetime = TYPES["datetime"](value)
    except ValueError as error:
        raise GraphQLError(_NO_TIME) from error
    if timestamp > datetime.now(UTC).replace(tzinfo=None):
        raise GraphQLError(_FUTURE)
    return timestamp


DATE_TIME = GraphQLScalarType("DateTime", parse_value=_parse, description="A time in ISO 8601, as text.")
