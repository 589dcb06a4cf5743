"""The declared operations of this dialect, by part."""

from __future__ import annotations

from typing import Any

from dialects.airsequel.billing import operations as billing
from dialects.airsequel.functions import operations as functions
from dialects.airsequel.graphql import operations as graphql
from dialects.airsequel.people import operations as people
from dialects.airsequel.platform import operations as platform
from dialects.airsequel.prompts import operations as prompts
from dialects.airsequel.shapes import AirsequelError
from dialects.airsequel.sql import operations as sql
from web.operations.schemas import schema_of

OPERATIONS = (
    *platform.OPERATIONS,
    *people.OPERATIONS,
    *graphql.OPERATIONS,
    *sql.OPERATIONS,
    *functions.OPERATIONS,
    *prompts.OPERATIONS,
    *billing.OPERATIONS,
)
# What the OpenAPI document has besides operations.
COMPONENTS: dict[str, dict[str, Any]] = {"schemas": {"AirsequelError": schema_of(AirsequelError)}}
