"""The declared operations of GraphQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

import engine
from dialects.airsequel.graphql.execution import GraphOperation
from dialects.airsequel.shapes import OPEN, operation
from web.operations import ErrorText, RequestModel
from web.operations.types import JsonObject
from web.requests.body import json_text

_EXAMPLE = "{ users { name, email } }"
_NO_QUERY = "query must be the text of a GraphQL document."
_NO_HASH = (
    'persistedQuery must be {"version": 1, "sha256Hash": …} with the SHA-256 of the query, 64 hexadecimal digits.'
)
_HASH = re.compile("[0-9a-f]{64}")


OperationName = Annotated[str | None, Field(strict=True), ErrorText("operationName must be text or null.")]


class GraphQLBody(RequestModel):
    """A GraphQL request."""

    query: Annotated[str, Field(strict=True), ErrorText(_NO_QUERY)] = Field(
        default="", description="A GraphQL document.", examples=[_EXAMPLE]
    )
    operation_name: OperationName = Field(
        default=None, alias="operationName", description="The operation to run, of several.", examples=[None]
    )
    variables: JsonObject | None = Field(default=None, description="Values of variables.", examples=[None])
    extensions: JsonObject | None = Field(
        default=None,
        description="`persistedQuery` has the hash of the query, whose text may then be left out.",
        examples=[None],
    )

    @classmethod
    def other_errors(cls, values: Mapping[str, Any]) -> Iterable[engine.FieldError]:
        persisted = _persisted(values.get("extensions"))
        if persisted is None:
            return [engine.FieldError("query", _NO_QUERY)] if values.get("query", "") == "" else []
        match persisted:
            case {"version": 1, "sha256Hash": str(hash)} if _HASH.fullmatch(hash):
                return []
            case _:
                return [engine.FieldError("extensions.persistedQuery", _NO_HASH)]

    @property
    def operation(self) -> GraphOperation:
        persisted = _persisted(self.extensions)
        hash = persisted["sha256Hash"] if persisted else ""
        return GraphOperation(self.query, self.operation_name or None, self.variables, hash)


def _persisted(extensions: Any) -> Any:
    return extensions.get("persistedQuery") if isinstance(extensions, dict) else None


class SubscriptionQuery(RequestModel):
    """A subscription in a query string."""

    query: Annotated[str, Field(strict=True, min_length=1), ErrorText(_NO_QUERY, missing=_NO_QUERY)] = Field(
        description="A GraphQL document.", examples=["subscription { users { name } }"]
    )
    operation_name: OperationName = Field(
        default=None, alias="operationName", description="The operation to run, of several.", examples=[None]
    )
    variables: str = Field(default="", description="Values of variables, as JSON text.", examples=['{"n": 1}'])

    @property
    def operation(self) -> GraphOperation:
        members = {"query": self.query, "operationName": self.operation_name}
        if self.variables:
            members["variables"] = json_text("variables", self.variables)
        return GraphQLBody.parse(members).operation


class GraphQLAnswer(TypedDict):
    """The answer of GraphQL, with status 200 also for errors of the query."""

    data: Annotated[
        dict[str, Any] | None, Field(examples=[{"users": [{"name": "Ada", "email": "ada@example.org"}]}])
    ]


DefaultQuery = Annotated[str, Field(examples=["query usersQuery {\n  users( limit: 100 ) {\n    rowid\n  }\n}\n"])]
Events = Annotated[str, Field(examples=['event: next\ndata: {"data":{"users":[{"name":"Ada"}]}}\n\n'])]
Page = Annotated[str, Field(examples=["<!doctype html>"])]
_TEXT = (
    "Runs an operation of GraphQL on the tables of the database; its schema has what the caller may use. "
    "Errors of the query are in `errors` of an answer with status 200; a query beyond a cap is 400."
)
OPERATIONS = (
    operation(
        "get",
        "/dbs/{db_id}/graphql",
        "graphql_page",
        "GraphQL Page",
        "Redirects with 303 to the page on which operations are written.",
        responses={303: Page},
        answer_media="text/html",
        security=[{}],
    ),
    operation(
        "get",
        "/dbs/{db_id}/graphiql",
        "graphiql",
        "Page for GraphQL Operations",
        "The page on which operations are written and run. Enter credentials as headers there.",
        answer=Page,
        answer_media="text/html",
        security=[{}],
    ),
    operation(
        "get",
        "/readonly/{readonly_id}/graphql",
        "readonly_graphiql",
        "Page for GraphQL Queries",
        "The page on which queries of the database of a read-only link are written and run.",
        answer=Page,
        answer_media="text/html",
        security=[{}],
    ),
    operation(
        "post",
        "/dbs/{db_id}/graphql",
        "graphql",
        "Run a GraphQL Operation",
        _TEXT,
        body=GraphQLBody,
        answer=GraphQLAnswer,
        security=OPEN,
    ),
    operation(
        "post",
        "/dbs/{db_id}/graphql/v2",
        "graphql_v2",
        "Run a GraphQL Operation of the Extended Schema",
        "As the published schema, with nested filters, relations from references, aggregates, and rows as they "
        "were at a time. With `Accept: text/event-stream` it runs a subscription.",
        body=GraphQLBody,
        answer=GraphQLAnswer,
        security=OPEN,
    ),
    operation(
        "get",
        "/dbs/{db_id}/graphql/v2",
        "graphql_subscribe",
        "Subscribe to a GraphQL Query",
        "Server-sent events, with `Accept: text/event-stream`: `next` with the answer, at once and whenever it has "
        "changed. A WebSocket at this address speaks `graphql-transport-ws`.",
        query=SubscriptionQuery,
        answer=Events,
        answer_media="text/event-stream",
        security=OPEN,
    ),
    operation(
        "post",
        "/readonly/{readonly_id}/graphql",
        "readonly_graphql",
        "Run a GraphQL Query",
        "Runs a query of GraphQL on the database of a read-only link, without credentials.",
        body=GraphQLBody,
        answer=GraphQLAnswer,
        security=[{}],
    ),
    operation(
        "get",
        "/dbs/{db_id}/playground/default-query",
        "default_query",
        "Default Query",
        "A query of every column of the first table; an empty text without a table.",
        answer=DefaultQuery,
        answer_media="text/plain",
        security=OPEN,
    ),
)
