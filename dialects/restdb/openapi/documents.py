"""OpenAPI operations of documents, descriptions and realtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.openapi import TEXT, Operation, listing, members

TAG = "REST dialect"
ERROR_SCHEMA = members(
    {"name": TEXT, "message": TEXT, "list": listing({"type": "object"}), "status": {"type": "integer"}}
)
OBJECT = {"type": "object"}
_ANY = {"oneOf": [OBJECT, listing(OBJECT)]}
FLAG = {"type": "boolean"}
_WHOLE = {"type": "integer", "minimum": 0}
BASE = "/db/{database}"
_COLLECTION = BASE + "/rest/{collection}"
_DOCUMENT = _COLLECTION + "/{id}"
_ID = "6560a1c2d3e4f5a6b7c8d9e0"
_SHOWN = {"_id": _ID, "name": "Fred"}
_WRITTEN = {
    **_SHOWN,
    "_created": "2026-11-20T10:00:00Z",
    "_changed": "2026-11-20T10:00:00Z",
    "_createdby": "api",
    "_changedby": "api",
    "_version": 0,
}
_MEANING: Mapping[str, str] = {
    "database": "The id of a database or, among those that the key may see, its name.",
    "collection": "The collection; `.json` may follow.",
    "id": "The document's id.",
    "field": "The field that holds children.",
    "child": "The child's id.",
    "file": "A file's id, or its name.",
}
_CHILD = {**_WRITTEN, "_parent_id": _ID, "_parent_def": "company", "_parent_field": "staff"}
_COLLECTION_META = {"name": "people", "strict": False, "fields": {"name": {"type": "string"}}}
KEYS = [{"x-apikey": []}, {"apikey": []}, {"Bearer": []}, {"Api-Key": []}]
_NO_FORMAT = "The requested format is not available."
_ONE = (
    ("metafields", FLAG, False, "The system fields as well."),
    ("fetchchildren", FLAG, False, "The children of each document, under the name of their field."),
    ("fetchmediadata", FLAG, False, "Records of the media archive in place of their ids."),
    ("idtolink", FLAG, False, "Addresses in place of the ids of links."),
    ("flatten", FLAG, False, "The members of linked documents at the top."),
)
_LIST = (
    ("q", TEXT, False, 'A query as JSON, such as {"name": {"$not": "Joe"}}.'),
    ("h", TEXT, False, 'Hints as JSON, such as {"$max": 10, "$orderby": {"_id": -1}}.'),
    ("filter", TEXT, False, "Words that occur somewhere in the document."),
    ("sort", TEXT, False, "A field to sort by; may be repeated."),
    ("dir", {"enum": [1, -1], "default": 1}, False, "1 ascending, -1 descending; one for each `sort`."),
    ("max", {"type": "integer", "minimum": 1, "default": 1000}, False, "Documents at most."),
    ("skip", {**_WHOLE, "default": 0}, False, "Documents to leave out before."),
    ("totals", FLAG, False, "Answers `{data, totals: {total, count, skip, max}}`."),
    ("count", FLAG, False, "With `totals`: the count alone."),
    ("groupby", TEXT, False, "A field, or `$YEAR:field` and its like, to group by; may be repeated."),
    (
        "timezone",
        TEXT,
        False,
        "The IANA name of the time zone of groups of dates, such as Europe/Berlin; UTC without it.",
    ),
    ("aggregate", TEXT, False, "`SUM:field`, `AVG:`, `MIN:`, `MAX:` or `COUNT:name`; may be repeated."),
    *_ONE,
)


def operation(verb: str, path: str, name: str, summary: str, text: str, **more: Any) -> Operation:
    """Build an operation; its path parameters come from the braces in `path`."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters = [
        {"name": variable, "in": "path", "required": True, "schema": TEXT, "description": _MEANING[variable]}
        for variable in names
    ]
    errors = {"406": _NO_FORMAT} if "collection" in names else {}
    return Operation(
        path=path,
        verb=verb,
        errors=errors | more.pop("errors", {}),
        id=name,
        tag=TAG,
        summary=summary,
        description=text,
        parameters=parameters,
        security=more.pop("security", KEYS),
        error_schema="RestError",
        **more,
    )


DOCUMENTS = (
    operation(
        "get",
        _COLLECTION,
        "rest_list",
        "List Documents",
        "Documents that match, as an array; `X-Pagination` has the totals. With `aggregate` or `groupby` "
        "an object.",
        query=_LIST,
        answers={"200": (_ANY, [_SHOWN])},
    ),
    operation(
        "post",
        _COLLECTION,
        "rest_create",
        "Create Documents",
        "A document, or an array of them, of which all are stored or none; `validate=false` stores an array "
        "without asking the schema.",
        query=(("validate", FLAG, False, "false: the documents of an array are not validated."),),
        body=(_ANY, {"name": "Fred"}),
        answers={"201": (_ANY, _WRITTEN)},
    ),
    operation(
        "get",
        _DOCUMENT,
        "rest_read",
        "Read a Document",
        "The document of an id.",
        query=(*_ONE, ("referencedby", FLAG, False, "The documents that point at this one as well.")),
        answers={"200": (OBJECT, _SHOWN)},
    ),
    *[
        operation(
            verb,
            _DOCUMENT,
            f"rest_{name}",
            f"{name.title()} a Document",
            "Sets the members that are sent and applies operators such as `$inc`, `$push` and `$pull`; all else "
            "stays. The answer is the whole document.",
            body=(OBJECT, {"name": "Fred", "$inc": {"visits": 1}}),
            answers={"200": (OBJECT, {**_WRITTEN, "_version": 1})},
        )
        for verb, name in (("put", "update"), ("patch", "patch"))
    ],
    operation(
        "delete",
        _DOCUMENT,
        "rest_delete",
        "Delete Documents",
        "The document of an id; with `*` for the id those of an array of ids in the body or, with a full-access "
        "key, those that `q` matches.",
        query=(("q", TEXT, False, "With `*`: a query as JSON."),),
        answers={"200": (members({"result": listing(TEXT)}), {"result": [_ID]})},
    ),
    operation(
        "get",
        _DOCUMENT + "/{field}",
        "rest_children",
        "List Children",
        "The children of a document under a field; parameters as for a list.",
        query=_LIST,
        answers={"200": (_ANY, [_SHOWN])},
    ),
    operation(
        "post",
        _DOCUMENT + "/{field}",
        "rest_create_children",
        "Create Children",
        "A child, or an array of them.",
        query=(("validate", FLAG, False, "false: the documents of an array are not validated."),),
        body=(_ANY, {"name": "Fred"}),
        answers={"201": (_ANY, _CHILD)},
    ),
    operation(
        "get",
        _DOCUMENT + "/{field}/{child}",
        "rest_child",
        "Read a Child",
        "One child of a document.",
        query=_ONE,
        answers={"200": (OBJECT, _SHOWN)},
    ),
)
META = (
    operation(
        "get",
        BASE + "/rest/_meta",
        "rest_meta",
        "Describe the Database",
        "Its collections and their declared fields.",
        answers={
            "200": (
                members({"_id": TEXT, "name": TEXT, "collections": listing(OBJECT)}),
                {"_id": _ID, "name": "crm", "collections": [_COLLECTION_META]},
            )
        },
    ),
    operation(
        "get",
        BASE + "/rest/_swagger.json",
        "rest_swagger",
        "Swagger of the Database",
        "A Swagger 2.0 document of the routes of its collections.",
        answers={"200": (OBJECT, {"swagger": "2.0", "basePath": "/db/crm/rest", "paths": {}})},
    ),
    operation(
        "get",
        _COLLECTION + "/_meta",
        "rest_collection_meta",
        "Describe a Collection",
        "Its declared fields.",
        answers={"200": (members({"name": TEXT, "fields": OBJECT}), _COLLECTION_META)},
    ),
)
REALTIME = (
    operation(
        "get",
        BASE + "/realtime",
        "rest_subscribe",
        "Subscribe to Events",
        "Server-sent events: `ping` at least every ten seconds, `post`, `put`, `delete` and `publish`. The id of a "
        "message is what `Last-Event-ID` takes to resume after it.",
        query=(
            ("apikey", TEXT, False, "A key."),
            ("rt-apikey", TEXT, False, "A key, as generated clients call it."),
            ("jwt", TEXT, False, "An access token, or a token of an issuer of the database."),
        ),
        answers={"200": (OBJECT, {"event": "post", "collection": "people", "data": _SHOWN})},
    ),
    operation(
        "post",
        BASE + "/realtime",
        "rest_publish",
        "Publish a Message",
        "Publishes a message to all subscribers.",
        body=(members({"event": TEXT}, {"data": {}}), {"event": "chat", "data": {"text": "Hello"}}),
        answers={"200": (members({"message": TEXT}), {"message": "OK"})},
    ),
)
