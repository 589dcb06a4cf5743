"""What /api/distinct and /api/aggregate read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import engine
from web.parameters import Parameters
from web.queries import collation


@dataclass(frozen=True)
class Distinct:
    """A field, and which documents' values of it."""

    database_id: str
    collection: str
    field: str
    query: engine.Query


@dataclass(frozen=True)
class Aggregate:
    """A pipeline; whether it is one the engine finds out."""

    database_id: str
    collection: str
    pipeline: Any
    collation: engine.Collation | None


def distinct(values: Mapping[str, str]) -> Distinct:
    """The query string of GET."""
    given = Parameters(values)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    field = given.text("field")
    filters = given.json("filters", default={})
    if type(filters) is not dict:
        given.add_error("filters", "filters must be a JSON object")
    comparison = collation(given, given.json("collation", default=None))
    given.check()
    return Distinct(database_id, collection, field, engine.Query(filter=filters, collation=comparison))


def aggregate(body: Mapping[str, Any]) -> Aggregate:
    """The body of POST."""
    given = Parameters(body)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    if "pipeline" not in body:
        given.add_error("pipeline", "pipeline is required")
    comparison = collation(given, body.get("collation"))
    given.check()
    return Aggregate(database_id, collection, body["pipeline"], comparison)
