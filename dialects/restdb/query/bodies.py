"""Bodies of writes: documents, changes and lists of ids, with or without a content type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest

import engine
from dialects.restdb.system_fields import IGNORED
from web import multipart
from web.addresses import form_of
from web.parsing import json_value

_FORM = "application/x-www-form-urlencoded"
# What is sent with a form's content type and begins so is JSON: clients send that type unasked.
_JSON_STARTS = (b"", b"{", b"[")
ROOT = "body"
NO_ID = engine.Message("Must be an id of 24 hexadecimal digits.", engine.Code.TYPE)
_ARITHMETIC = ("$inc", "$mul")


def body(request: HttpRequest, schema: engine.Schema | None = None) -> Any:
    """The JSON of a body, whatever its content type says, or the members of a form.

    These are texts, but for declared numbers, truths and arrays.
    """
    fields = schema.by_name if schema else {}
    if request.content_type == multipart.MEDIA_TYPE:
        return {name: _of_form(texts, fields.get(name)) for name, texts in multipart.form_of(request).items()}
    try:
        return json_value(request.body)
    except engine.Invalid:
        if request.content_type != _FORM or request.body.lstrip()[:1] in _JSON_STARTS:
            raise
    return {name: _of_form(texts, fields.get(name)) for name, texts in form_of(request.body).lists()}


def _of_form(texts: list[str], field: engine.Field | None) -> Any:
    """What a form has for a name, which it may have several times."""
    kind = field.type if field else ""
    found = [_typed(text, kind) for text in texts]
    return found[0] if len(found) == 1 and kind != "array" else found


def _typed(text: str, kind: str) -> Any:
    """What is no number and no truth stays text, for the schema to refuse."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind != "number":
        return text
    try:
        found = json_value(text.encode(errors="replace"))
    except engine.Error:
        return text
    return found if type(found) in (int, float) else text


def object_body(request: HttpRequest, schema: engine.Schema | None = None) -> dict[str, Any]:
    return as_object(body(request, schema))


def document_body(request: HttpRequest, schema: engine.Schema) -> Any:
    """Return what a write of documents sends; an empty body is a document without members."""
    return body(request, schema) if request.body.strip() else {}


def as_object(found: Any) -> dict[str, Any]:
    """Raises `Invalid` for a body that is no object."""
    if type(found) is not dict:
        raise engine.Invalid("The body must be a JSON object.")
    return found


def new_documents(found: Any) -> list[Any]:
    """What is to be stored, of an object or an array of objects, without what the service decides."""
    items = found if type(found) is list else [found]
    if not all(type(item) is dict for item in items):
        raise engine.Invalid("The body must be a JSON object, or an array of objects.")
    if not items:
        raise engine.Invalid("There are no documents to insert.")
    return [own_members(item) for item in items]


def own_members(item: Mapping[str, Any]) -> dict[str, Any]:
    """A document without the fields that the service sets and clients send back."""
    return {name: value for name, value in item.items() if name not in IGNORED}


def change(found: Mapping[str, Any]) -> engine.Operators | None:
    """What PUT and PATCH do: they set members, and apply operators; None for system fields alone."""
    values = {name: _numeric(name, value) for name, value in own_members(found).items()}
    return engine.Operators(values, root=ROOT) if values else None


def _numeric(name: str, operand: Any) -> Any:
    """Return the operands of `$inc` and `$mul` with numbers in place of numeric text."""
    if name not in _ARITHMETIC or type(operand) is not dict:
        return operand
    return {path: _typed(value, "number") if type(value) is str else value for path, value in operand.items()}


def ids(found: Any) -> list[str]:
    """The ids of an array, each as text or as an object with an `_id`."""
    if type(found) is not list:
        raise engine.Invalid("The body must be an array of ids.")
    named = [item.get("_id") if type(item) is dict else item for item in found]
    faults = [engine.FieldError(str(index), NO_ID) for index, item in enumerate(named) if not is_id(item)]
    if faults:
        raise engine.invalid(faults)
    return named


def is_id(value: Any) -> bool:
    return type(value) is str and len(value) == 24 and all(letter in "0123456789abcdefABCDEF" for letter in value)


def of_body(problem: engine.Invalid) -> engine.Invalid:
    """The same fault, its fields named as the body names them."""
    return engine.invalid([_without_root(fault) for fault in problem.errors]) if problem.errors else problem


def _without_root(fault: engine.FieldError) -> engine.FieldError:
    return engine.FieldError(fault.field.removeprefix(f"{ROOT}."), fault.message, fault.index)


def named(ids: Iterable[str]) -> engine.Query:
    """The documents of these ids."""
    return engine.Query({"_id": {"$in": [*ids]}}, root="_id")
