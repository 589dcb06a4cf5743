"""GraphQL for functions, on the database of the function and with the permissions of its caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import engine
from accounts.principal import Principal
from catalog.services.access import open_database
from catalog.services.metadata.attributes import read_profile
from dialects.airsequel.graphql.execution import GraphOperation, run
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.schema.cache import schema_of
from engine.encoding import loads

_SURFACE = "functions"
_DEPTH = 64


def answer(principal: Principal, database_id: str, query: str, variables: Mapping[str, Any]) -> Any:
    """Return `data` of an operation's answer. Raises `Invalid` with the errors of the operation."""

    def reopen(collection: str) -> engine.Database:
        return open_database(principal, database_id, collection=collection, surface=_SURFACE)

    def readonly_id() -> str:
        return read_profile(principal, database_id).readonly_id

    database = open_database(principal, database_id, surface=_SURFACE)
    schema = schema_of(database)
    request = GraphRequest(database, reopen, readonly_id, schema.relations)
    body = loads(run(schema, request, GraphOperation(query, None, variables)), depth=_DEPTH)
    if errors := body.get("errors"):
        raise engine.Invalid(" ".join(str(error["message"]) for error in errors))
    return body["data"]
