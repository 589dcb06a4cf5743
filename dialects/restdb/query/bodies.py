"""Bodies of writes: documents, changes and lists of ids, with or without a content type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest

import engine
from dialects.restdb.system_fields import IGNORED
from engine.errors import Code, Message, invalid
from engine.update import Operators
from web.requests import multipart
from web.requests.addresses import form_of
from web.requests.body import json_value

_FORM = "application/x-www-form-urlencoded"
# A body of a form's content type that begins so is JSON: some clients send that type by default.
_JSON_STARTS = (b"", b"{", b"[")
ROOT = "body"
NO_ID = Message("Must be an id of 24 hexadecimal digits.", Code.TYPE)
_ARITHMETIC = ("$inc", "$mul")


def body(request: HttpRequest, schema: engine.Schema | None = None) -> Any:
    """Parse a body: JSON whatever its content type is, or a form.

    Form values are texts, except for declared numbers, booleans and arrays.
    """
    fields = schema.by_name if schema else {}
    if request.content_type == multipart.MEDIA_TYPE:
        return {name: _form_value(texts, fields.get(name)) for name, texts in multipart.form_of(request).items()}
    try:
        return json_value(request.body)
    except engine.Invalid:
        if request.content_type != _FORM or request.body.lstrip()[:1] in _JSON_STARTS:
            raise
    return {name: _form_value(texts, fields.get(name)) for name, texts in form_of(request.body).lists()}


def _form_value(texts: list[str], field: engine.Field | None) -> Any:
    """Return the value of a form's member, which may occur several times."""
    kind = field.type if field else ""
    values = [_typed(text, kind) for text in texts]
    return values[0] if len(values) == 1 and kind != "array" else values


def _typed(text: str, kind: str) -> Any:
    """Convert text to its declared type. Text that does not fit stays as it is; the schema refuses it."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind != "number":
        return text
    try:
        value = json_value(text.encode(errors="replace"))
    except engine.Error:
        return text
    return value if type(value) in (int, float) else text


def object_body(request: HttpRequest, schema: engine.Schema | None = None) -> dict[str, Any]:
    """Parse a body that must be an object."""
    return as_object(body(request, schema))


def document_body(request: HttpRequest, schema: engine.Schema) -> Any:
    """Parse the body of a write; an empty body is a document without members."""
    return body(request, schema) if request.body.strip() else {}


def as_object(value: Any) -> dict[str, Any]:
    """Return the value; raises `Invalid` unless it is an object."""
    if type(value) is not dict:
        raise engine.Invalid("The body must be a JSON object.")
    return value


def new_documents(value: Any) -> list[Any]:
    """Return the documents of an object or an array, without the fields that the service sets."""
    items = value if type(value) is list else [value]
    if not all(type(item) is dict for item in items):
        raise engine.Invalid("The body must be a JSON object, or an array of objects.")
    if not items:
        raise engine.Invalid("There are no documents to insert.")
    return [own_members(item) for item in items]


def own_members(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without the fields that the service sets and clients send back."""
    return {name: value for name, value in item.items() if name not in IGNORED}


def change(members: Mapping[str, Any]) -> Operators | None:
    """Return the operators of PUT and PATCH, which set members; None if only system fields were sent."""
    values = {name: _numeric(name, value) for name, value in own_members(members).items()}
    return Operators(values, root=ROOT) if values else None


def _numeric(name: str, operand: Any) -> Any:
    """Return the operands of `$inc` and `$mul` with numbers in place of numeric text."""
    if name not in _ARITHMETIC or type(operand) is not dict:
        return operand
    return {path: _typed(value, "number") if type(value) is str else value for path, value in operand.items()}


def ids(value: Any) -> list[str]:
    """Return the ids of an array whose items are ids or objects with an `_id`; raises `Invalid`."""
    if type(value) is not list:
        raise engine.Invalid("The body must be an array of ids.")
    ids_sent: list[Any] = [item.get("_id") if type(item) is dict else item for item in value]
    errors = [engine.FieldError(str(index), NO_ID) for index, item in enumerate(ids_sent) if not is_id(item)]
    if errors:
        raise invalid(errors)
    return ids_sent


def is_id(value: Any) -> bool:
    return type(value) is str and len(value) == 24 and all(letter in "0123456789abcdefABCDEF" for letter in value)


def with_body_paths(error: engine.Invalid) -> engine.Invalid:
    """Return the error with its fields named as in the body."""
    return invalid([_without_root(issue) for issue in error.errors]) if error.errors else error


def _without_root(issue: engine.FieldError) -> engine.FieldError:
    return engine.FieldError(issue.field.removeprefix(f"{ROOT}."), issue.message, issue.index)


def by_ids(ids: Iterable[str]) -> engine.Query:
    """Return a query for the documents with these ids."""
    return engine.Query({"_id": {"$in": [*ids]}}, root="_id")
