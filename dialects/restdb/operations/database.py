"""The operations of a database: its description, its settings, and its events."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

import engine
from dialects.restdb.operations.shapes import BASE, COLLECTION, DOCUMENT_EXAMPLE, ID, Done, operation
from dialects.restdb.operations.types import RestRequest
from web.operations import ErrorText

_NO_EVENT = "Must be the name of the message, a text."


class CollectionDescription(TypedDict):
    name: Annotated[str, Field(examples=["people"])]
    strict: Annotated[bool, Field(examples=[False])]
    fields: Annotated[dict[str, Any], Field(examples=[{"name": {"type": "string"}}])]


class DatabaseDescription(TypedDict):
    _id: Annotated[str, Field(examples=[ID])]
    name: Annotated[str, Field(examples=["crm"])]
    collections: list[CollectionDescription]


Swagger = Annotated[dict[str, Any], Field(examples=[{"swagger": "2.0", "basePath": "/db/crm/rest", "paths": {}}])]


class Settings(TypedDict):
    """What is public without a key."""

    public_schemas: Annotated[list[str], Field(examples=[["people"]])]
    public_file_names: Annotated[bool, Field(examples=[True])]


class Publication(RestRequest):
    """A message to all subscribers."""

    event: Annotated[str, Field(strict=True, min_length=1), ErrorText(_NO_EVENT, missing=_NO_EVENT)] = Field(
        examples=["chat"]
    )
    data: Any = Field(default=None, examples=[{"text": "Hello"}])

    @classmethod
    def failure(cls, errors: list[engine.FieldError]) -> engine.Invalid:
        return engine.Invalid(_NO_EVENT, errors=errors)


class SubscriptionParameters(RestRequest):
    """The credentials of a browser's EventSource, which sends no headers."""

    apikey: str = Field(default="", description="A key.")
    rt_apikey: str = Field(default="", alias="rt-apikey", description="A key, as generated clients call it.")
    jwt: str = Field(default="", description="An access token, or a token of an issuer of the database.")


Event = Annotated[
    dict[str, Any], Field(examples=[{"event": "post", "collection": "people", "data": DOCUMENT_EXAMPLE}])
]

OPERATIONS = (
    operation(
        "get",
        BASE + "/rest/_meta",
        "rest_meta",
        "Describe the Database",
        "Its collections and their declared fields.",
        responses={200: DatabaseDescription},
    ),
    operation(
        "get",
        BASE + "/rest/_swagger.json",
        "rest_swagger",
        "Swagger of the Database",
        "A Swagger 2.0 document of the routes of its collections.",
        responses={200: Swagger},
    ),
    operation(
        "get",
        COLLECTION + "/_meta",
        "rest_collection_meta",
        "Describe a Collection",
        "Its declared fields.",
        responses={200: CollectionDescription},
    ),
    operation(
        "get",
        BASE + "/realtime",
        "rest_subscribe",
        "Subscribe to Events",
        "Server-sent events: `ping` at least every ten seconds, `post`, `put`, `delete` and `publish`. The id of a "
        "message is what `Last-Event-ID` takes to resume after it.",
        query=SubscriptionParameters,
        responses={200: Event},
    ),
    operation(
        "post",
        BASE + "/realtime",
        "rest_publish",
        "Publish a Message",
        "Publishes a message to all subscribers.",
        body=Publication,
        responses={200: Done},
    ),
    operation(
        "get",
        BASE + "/settings",
        "rest_settings",
        "Read the Settings",
        "What is public without a key for clients that know the database's id. Needs `design`.",
        responses={200: Settings},
    ),
    operation(
        "patch",
        BASE + "/settings",
        "rest_settings_change",
        "Change Settings",
        "Sets the members that are sent, and keeps the others. Needs `design`.",
        body=Settings,
        responses={200: Settings},
    ),
)
