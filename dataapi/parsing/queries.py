"""The parsers of /api/distinct and /api/aggregate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import engine
from engine.schema import Collation
from web.requests.parameters import Parameters
from web.requests.queries import collation


@dataclass(frozen=True)
class DistinctRequest:
    """A field, and the query of the documents whose values to read."""

    database_id: str
    collection: str
    field: str
    query: engine.Query


@dataclass(frozen=True)
class AggregateRequest:
    """A pipeline, which the engine validates."""

    database_id: str
    collection: str
    pipeline: Any
    collation: Collation | None


def distinct(values: Mapping[str, str]) -> DistinctRequest:
    """Parse the query string of GET."""
    params = Parameters(values)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    field = params.text("field")
    filters = params.json("filters", default={})
    if type(filters) is not dict:
        params.add_error("filters", "filters must be a JSON object")
    comparison = collation(params, params.json("collation", default=None))
    params.check()
    return DistinctRequest(database_id, collection, field, engine.Query(filter=filters, collation=comparison))


def aggregate(body: Mapping[str, Any]) -> AggregateRequest:
    """Parse the body of POST."""
    params = Parameters(body)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    if "pipeline" not in body:
        params.add_error("pipeline", "pipeline is required")
    comparison = collation(params, body.get("collation"))
    params.check()
    return AggregateRequest(database_id, collection, body["pipeline"], comparison)
