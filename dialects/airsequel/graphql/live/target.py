"""What a subscription addresses: a database, with credentials, and an operation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import engine
from accounts.principal import Principal, VisitorPrincipal
from catalog.services.access import open_database, open_feed
from catalog.services.metadata.attributes import read_profile
from dialects.airsequel import credentials
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.schema.cache import CompiledSchema, schema_of
from dialects.airsequel.views import SURFACE, addressed_by
from engine.handles import ChangeFeed


@dataclass(frozen=True)
class GraphAccess:
    """A database opened for a caller, with its schema and its change feed."""

    principal: Principal
    database: engine.Database
    schema: CompiledSchema

    def request(self) -> GraphRequest:
        """Return a request on the database."""
        reopen = partial(_reopen, self.principal, self.database.id)
        return GraphRequest(self.database, reopen, self._readonly_id, self.schema.relations, is_extended=True)

    def feed(self) -> ChangeFeed:
        """Return the change feed of the tables. Raises `Forbidden` without READ."""
        return open_feed(self.principal, self.database.id)

    def _readonly_id(self) -> str:
        return read_profile(self.principal, self.database.id).readonly_id


@dataclass(frozen=True)
class GraphTarget:
    """A database by its shared id, and the header with which it is opened."""

    authorization: str
    database: str

    def open(self) -> GraphAccess:
        """Open the database. Raises `Unauthenticated` and `NotFound`. Blocks."""
        caller = credentials.principal_of({"HTTP_AUTHORIZATION": self.authorization}) or VisitorPrincipal()
        principal, database_id = addressed_by(caller, self.database)
        database = open_database(principal, database_id, surface=SURFACE)
        return GraphAccess(principal, database, schema_of(database, extended=True))


def _reopen(principal: Principal, database_id: str, collection: str) -> engine.Database:
    return open_database(principal, database_id, collection=collection, surface=SURFACE)
