"""A declared field: its flags, its declaration and the errors of one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import placeholders
from engine.encoding.json import dumps, plain
from engine.encoding.shape import check_document, name_error, path_error
from engine.errors import Code, Message, PathErrors
from engine.limits import Limits
from engine.schema.types import LEAST, TYPES, CoercionError, as_python, equal_json

MAX_NAME = 100
MAX_ENUM = 1_000
_SHOWN_ENUM = 20
MISSING: Any = object()
NUMBERED = "autonumber"
_ANY_JSON = ("json", "array", "object")
_NOT_NUMBERED = ("default", "enum")
MAX_TEMPLATE = 1_000
_NUMBERED_BY_SERVICE = "The service numbers the documents itself; this field cannot be written."
_NOT_COMPUTED = ("required", "unique", "default", "enum")


@dataclass(frozen=True)
class Field:
    """One declared field of a collection. `required` treats null and absence the same.

    `collection` is the target of a reference; with `many` its value is an array of ids. With a `path` these are ids
    of what is embedded there in the target's documents. A field with a `template` is computed when a document is
    shown, and never stored. A `hidden` one is stored, but read only by handles that reveal it.
    """

    name: str
    type: str = "string"
    required: bool = False
    unique: bool = False
    case_insensitive: bool = False
    default: Any = MISSING
    enum: tuple[Any, ...] | None = None
    description: str = ""
    collection: str = ""
    path: str = ""
    many: bool = False
    template: str = ""
    hidden: bool = False

    @property
    def unwritable(self) -> str:
        """Why the field cannot be written, or an empty text."""
        if self.type == NUMBERED:
            return Message(_NUMBERED_BY_SERVICE, Code.READONLY)
        return Message("This field is computed; it cannot be written.", Code.READONLY) if self.template else ""

    def coerce(self, value: Any) -> Any:
        """Return the value as stored. Raises `CoercionError`. Null passes unless the field is required."""
        if value is None:
            if self.required:
                raise CoercionError(Message.required(), Code.REQUIRED)
            return None
        stored = self._many(value) if self.many else TYPES[self.type](value)
        if self.enum is not None and not self._is_listed(stored):
            rest = ", …" if len(self.enum) > _SHOWN_ENUM else ""
            listed = ", ".join(_as_text(item) for item in self.enum[:_SHOWN_ENUM])
            raise CoercionError(f"Must be one of {listed}{rest}.", Code.ENUM)
        return stored

    def _is_listed(self, value: Any) -> bool:
        """Return whether the enum has the value. In JSON types Python would take 1 and true for equal."""
        listed = self.enum or ()
        return value in listed and (self.type not in _ANY_JSON or any(equal_json(value, item) for item in listed))

    def _many(self, value: Any) -> list[Any]:
        if type(value) is not list:
            raise CoercionError("Must be an array of ids.")
        return [TYPES[self.type](item) for item in value]

    def result_error(self, value: Any) -> str:
        """Return why a stored value does not fit this field, or an empty text; absent is null."""
        try:
            coerced = self.coerce(as_python(value))
        except CoercionError as error:
            return str(error)
        # What would have been coerced on its way in, such as text for a date, is not stored so.
        return (
            "" if type(coerced) is type(as_python(value)) else Message(f"Must be stored as {self.type}.", Code.TYPE)
        )

    def reads(self, name: str) -> bool:
        """Return whether the template of a computed field names a field, or something inside it."""
        return any(path.partition(".")[0] == name for path in placeholders.names(self.template))

    def with_renamed_source(self, name: str, to: str) -> Field:
        """Return the field with a renamed field in its template."""
        return replace(self, template=placeholders.rename(self.template, name, to=to)) if self.reads(name) else self

    def fresh_default(self) -> Any:
        """Return the default for one document, not shared with any other."""
        return copy.deepcopy(self.default) if type(self.default) in (dict, list) else self.default

    def as_dict(self) -> dict[str, Any]:
        """Return the declaration in the API's words; flags appear where they are set."""
        declaration: dict[str, Any] = {"name": self.name, "type": self.type}
        declaration |= {
            flag: True
            for flag in ("required", "unique", "case_insensitive", "many", "hidden")
            if getattr(self, flag)
        }
        if self.default is not MISSING:
            declaration["default"] = plain(self.default)
        if self.enum is not None:
            declaration["enum"] = plain(list(self.enum))
        texts = ("collection", "path", "template", "description")
        declaration |= {text: getattr(self, text) for text in texts if getattr(self, text)}
        return declaration


def _as_text(value: Any) -> str:
    """Return a value of an enum as the API shows it, text without quotes."""
    return value if isinstance(value, str) else dumps(value).decode().strip('"')


_KINDS: Mapping[str, tuple[type, str]] = {
    "name": (str, "Must be a string."),
    "type": (str, "Must be a string."),
    "required": (bool, "Must be true or false."),
    "unique": (bool, "Must be true or false."),
    "case_insensitive": (bool, "Must be true or false."),
    "enum": (list, "Must be an array of the allowed values."),
    "description": (str, "Must be a string."),
    "collection": (str, "Must be the name of a collection."),
    "path": (str, "Must be a path in the documents of the collection, such as addresses."),
    "many": (bool, "Must be true or false."),
    "template": (str, "Must be a string."),
    "hidden": (bool, "Must be true or false."),
}


def parse_field(raw: Any, *, limits: Limits) -> tuple[Field | None, PathErrors]:
    """Parse a declaration `{name, type?, required?, unique?, case_insensitive?, default?, enum?, description?,
    collection?, path?, many?, template?, hidden?}`, or return its errors by member.
    """
    if type(raw) is not dict:
        return None, [("", "A field must be an object with a name.")]
    errors = [(key, "Unknown property of a field.") for key in sorted(raw.keys() - _KINDS - {"default"})]
    mistyped = {key: text for key, (kind, text) in _KINDS.items() if key in raw and type(raw[key]) is not kind}
    errors += mistyped.items()
    # What follows looks only at members of the right kind, so that one error does not hide another.
    usable = {key: value for key, value in raw.items() if key in _KINDS and key not in mistyped}
    kind = usable.get("type", "string")
    errors += _name_errors(usable.get("name", "")) if "name" not in mistyped else []
    errors += _text_errors(raw, limits=limits)
    if kind not in TYPES:
        return None, [*errors, ("type", f"Must be one of {', '.join(TYPES)}.")]
    if "type" in mistyped:
        return None, errors
    errors += _flag_errors(usable, kind)
    errors += _reference_errors(usable, kind, limits=limits)
    errors += [
        (key, "The service numbers the documents itself.") for key in _NOT_NUMBERED if _is_numbered(raw, key)
    ]
    errors += _template_errors(raw, usable, kind) if "template" in usable else []
    enum, unfit = _parse_enum(usable["enum"], kind) if "enum" in usable else (None, [])
    if kind == "enum" and "enum" not in raw:
        unfit = [("enum", "A field of type enum needs the values that it may have.")]
    errors += unfit
    field = Field(**(usable | {"name": str(usable.get("name", "")), "enum": None if unfit else enum}))
    if "default" in raw:
        field, unfit = _with_default(field, raw["default"])
        errors += unfit
    return (None, errors) if errors else (field, [])


def _name_errors(name: str) -> PathErrors:
    if not 1 <= len(name) <= MAX_NAME:
        return [("name", f"A field needs a name of 1 to {MAX_NAME} characters.")]
    if name in ("_id", "_sys"):
        return [("name", f"The name {name!r} is reserved.")]
    return [("name", text)] if (text := name_error(name)) else []


def _text_errors(raw: Mapping[str, Any], *, limits: Limits) -> PathErrors:
    """Return the errors of texts: PostgreSQL refuses NUL in declarations, and a default becomes part of
    documents.
    """
    members = {key: raw[key] for key in ("description", "template", "default", "enum") if key in raw}
    errors = [(key, "Must not contain NUL.") for key, value in members.items() if _has_nul(value)]
    if "default" in raw:
        shape = check_document({"": raw["default"]}, limits=limits)
        errors += [(f"default.{path}" if path else "default", text) for path, text in shape]
    return errors


def _has_nul(value: Any) -> bool:
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) is str and "\0" in item:
            return True
        if type(item) is dict:
            stack += [*item.keys(), *item.values()]
        elif type(item) is list:
            stack += item
    return False


def _flag_errors(usable: Mapping[str, Any], kind: str) -> PathErrors:
    errors = []
    if usable.get("unique") and kind not in LEAST:
        errors.append(("unique", f"A field of type {kind} cannot be unique."))
    if usable.get("unique") and usable.get("name") == "_fts":
        errors.append(("unique", "MongoDB keeps this name for its own indexes; it cannot be unique."))
    if usable.get("case_insensitive") and not (usable.get("unique") and LEAST.get(kind) == ""):
        errors.append(("case_insensitive", "Goes with unique: true, on a field that holds text."))
    if usable.get("required") and kind in ("null", NUMBERED):
        errors.append(("required", f"A field of type {kind} cannot be required."))
    if usable.get("hidden") and kind != NUMBERED:
        errors.append(("hidden", f"Goes with the type {NUMBERED}."))
    return errors


def _reference_errors(usable: Mapping[str, Any], kind: str, *, limits: Limits) -> PathErrors:
    if kind != "reference":
        return [
            (key, f"A field of type {kind} has no such property.")
            for key in ("collection", "path", "many")
            if key in usable
        ]
    errors = []
    if not usable.get("collection"):
        errors.append(("collection", "A reference needs the name of the collection that it points into."))
    if usable.get("many") and usable.get("unique"):
        errors.append(("unique", "A reference to many cannot be unique."))
    if "path" in usable:
        errors += [("path", text)] if (text := _part_error(usable["path"], limits=limits)) else []
    return errors


def _part_error(path: str, *, limits: Limits) -> str:
    """Return why documents cannot have embedded ones at the path, or an empty text."""
    if not 1 <= len(path) <= MAX_NAME:
        return f"Must have 1 to {MAX_NAME} characters."
    return path_error(path, limits=limits)


def _template_errors(raw: Mapping[str, Any], usable: Mapping[str, Any], kind: str) -> PathErrors:
    errors = [(key, "A computed field is never stored.") for key in _NOT_COMPUTED if key in raw]
    if kind != "string":
        errors.append(("template", "Only a field of type string can be computed."))
    if not 1 <= len(usable["template"]) <= MAX_TEMPLATE:
        errors.append(("template", f"Must have 1 to {MAX_TEMPLATE} characters."))
    return errors


def _is_numbered(raw: Mapping[str, Any], key: str) -> bool:
    return raw.get("type") == NUMBERED and key in raw


def _parse_enum(values: list[Any], kind: str) -> tuple[tuple[Any, ...], PathErrors]:
    if not 1 <= len(values) <= MAX_ENUM:
        return (), [("enum", f"Must name from 1 to {MAX_ENUM} values.")]
    parsed, errors = [], []
    for index, value in enumerate(values):
        try:
            parsed.append(TYPES[kind](value))
        except CoercionError as error:
            errors.append((f"enum.{index}", str(error)))
    return tuple(parsed), errors


def _with_default(field: Field, default: Any) -> tuple[Field, PathErrors]:
    try:
        return replace(field, default=field.coerce(default)), []
    except CoercionError as error:
        return field, [("default", str(error))]
