"""The schema of a collection: it coerces and checks whole documents, and reports every error at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from engine.encoding.shape import check_document
from engine.errors import MAX_REPORTED, Code, FieldError, Message, PathErrors, invalid
from engine.limits import Limits
from engine.schema.collation import CASE_INSENSITIVE, option
from engine.schema.fields import MISSING, NUMBERED, Field
from engine.schema.json_schema import Budget, Rules
from engine.schema.mask import FieldMask
from engine.schema.positional import is_positional
from engine.schema.types import LEAST, CoercionError, all_finite, to_datetime, to_object_id

SYSTEM = "_sys"
RESERVED = ("_id", SYSTEM)
UNDECLARED = Message("The collection is strict and has no such field.", Code.UNKNOWN)


@dataclass(frozen=True)
class Schema:
    """Declared fields. Undeclared ones are kept unchanged, unless `strict` refuses them.

    `rules` is a JSON Schema that the whole document must also satisfy. With `reveals_hidden` documents are read
    with their hidden fields, and new ones may have numbers of their own in these; `mask` limits what is read.
    """

    fields: tuple[Field, ...] = ()
    strict: bool = False
    rules: Rules | None = None
    reveals_hidden: bool = False
    mask: FieldMask | None = None

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def _checked_on_insert(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.required or field.default is not MISSING)

    @cached_property
    def _calendar_fields(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.type == "date")

    @cached_property
    def autonumbers(self) -> tuple[str, ...]:
        """Names of the fields that the service numbers."""
        return tuple(field.name for field in self.fields if field.type == NUMBERED)

    @cached_property
    def _unwritable(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields if field.unwritable)

    @cached_property
    def _hidden(self) -> tuple[str, ...]:
        return () if self.reveals_hidden else self.hidden_numbers

    @cached_property
    def hidden_numbers(self) -> tuple[str, ...]:
        """Names of the hidden fields, all of which the service numbers."""
        return tuple(field.name for field in self.fields if field.hidden)

    @cached_property
    def visible_fields(self) -> tuple[Field, ...]:
        """The fields that documents are read with."""
        visible = (field for field in self.fields if field.name not in self._hidden)
        return tuple(field for field in visible if self.mask is None or not self.mask.hides(field.name))

    @cached_property
    def references(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields if field.type == "reference"}

    @cached_property
    def _takes_all(self) -> bool:
        return not self.fields and not self.strict and self.rules is None

    @property
    def unique(self) -> Mapping[str, Any]:
        """{unique field: options of its index}. The index covers values from the least one of the type on."""
        return {field.name: _unique_options(field) for field in self.fields if field.unique}

    def as_list(self) -> list[dict[str, Any]]:
        return [field.as_dict() for field in self.fields]

    def coerce(self, documents: Sequence[Any], *, limits: Limits, lenient: bool = False) -> list[dict[str, Any]]:
        """Return new documents ready to be stored. Raises `Invalid` with every error of every document.

        With `lenient` a value that its field would refuse is no error, and is stored unchanged.
        """
        errors: list[FieldError] = []
        budget = None if lenient or self.rules is None else Budget.of(limits)
        coerced = [
            self._coerce_one(document, index, errors=errors, limits=limits, lenient=lenient, budget=budget)
            for index, document in enumerate(documents)
        ]
        if errors:
            raise invalid(errors)
        return coerced

    def _coerce_one(
        self,
        document: Any,
        index: int,
        *,
        errors: list[FieldError],
        limits: Limits,
        lenient: bool,
        budget: Budget | None,
    ) -> dict[str, Any]:
        shape = check_document(document, limits=limits)
        errors.extend(FieldError(path, text, index) for path, text in shape)
        if type(document) is not dict:
            return {}
        if self._takes_all and "_id" not in document and SYSTEM not in document:
            return document.copy()
        coerced = {}
        for name, value in document.items():
            text, coerced[name] = self._member(name, value)
            if text and (not lenient or name in RESERVED):
                errors.append(FieldError(name, text, index))
        for field in self._checked_on_insert:
            if coerced.get(field.name) is not None:
                continue
            if field.default is not MISSING and field.name not in coerced:
                coerced[field.name] = field.fresh_default()
            elif field.required and field.name not in coerced and not lenient:
                errors.append(FieldError(field.name, Message.required(), index))
        # A document with a wrong shape has no bounded JSON form, and no more errors are needed than are reported.
        if self.rules is not None and budget is not None and not shape and len(errors) < MAX_REPORTED:
            broken = self.rules.errors(coerced, budget=budget)
            errors.extend(FieldError(path, text, index) for path, text in broken)
        return coerced

    def without_unwritable(self, document: Any) -> Any:
        """Return the document without the fields that the service sets itself."""
        if not self._unwritable or type(document) is not dict:
            return document
        return {name: value for name, value in document.items() if name not in self._unwritable}

    def coerce_values(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
        """Return the values to be set, by dotted path, as stored, and the errors."""
        coerced, errors = {}, []
        for path, value in values.items():
            head, _, rest = path.partition(".")
            if rest:
                text, coerced[path] = self._nested_error(head), value
            elif (field := self.by_name.get(head)) and field.unwritable:
                text, coerced[path] = field.unwritable, value
            else:
                text, coerced[path] = self._member(head, value)
            if text:
                errors.append(FieldError(path, text))
        return coerced, errors

    def locate(self, path: str) -> tuple[str, Field | None]:
        """Return why a change may not name a dotted path, or an empty text; and its declared field, if any."""
        head, _, rest = path.partition(".")
        if rest and is_positional(f"{head}.{rest.partition('.')[0]}"):
            return self._element(head, inside=rest.partition(".")[2])
        if rest:
            return self._nested_error(head), None
        if head in RESERVED:
            return _read_only(head), None
        field = self.by_name.get(head)
        if field and field.unwritable:
            return field.unwritable, field
        return (UNDECLARED if self.strict and not field else ""), field

    def _element(self, head: str, *, inside: str) -> tuple[str, Field | None]:
        """Locate, as `locate`, the elements of a top-level array, or the path `inside` them."""
        field = self.by_name.get(head)
        if head in RESERVED or field is None:
            return self._nested_error(head), None
        if field.unwritable:
            return field.unwritable, None
        if field.many and not inside:
            return "", replace(field, many=False, required=True, enum=None)
        if field.many:
            return Message(f"The elements of the field {head!r} are ids and have nothing inside.", Code.TYPE), None
        if field.type in ("array", "json"):
            return "", None
        return Message(f"The field {head!r} is of type {field.type} and has no elements.", Code.TYPE), None

    def checked_results(self, paths: Iterable[str]) -> frozenset[str]:
        """Return the declared fields whose enum may not allow the result, as something is set inside them."""
        heads = {head for head, dot, _ in (path.partition(".") for path in paths) if dot}
        return frozenset(head for head in heads if head in self.by_name and self.by_name[head].enum is not None)

    def result_errors(
        self, document: Mapping[str, Any], names: Iterable[str], *, limits: Limits, budget: Budget
    ) -> PathErrors:
        """Return every error, as (path, message), of named fields as MongoDB left them, and by the rules."""
        errors = self.rules.errors(document, budget=budget) if self.rules else []
        for name in names:
            value, field = document.get(name), self.by_name.get(name)
            if name in document:
                shape = check_document({"": value}, limits=limits)
                errors += [(f"{name}.{path}" if path else name, text) for path, text in shape]
            if not all_finite(value):
                errors.append((name, "The number is too large or is not a number."))
            elif field is not None and (text := field.result_error(value)):
                errors.append((name, text))
        return errors

    def coerce_operand(self, path: str, value: Any) -> Any:
        """Return a query's operand in the type of what it is compared with. Raises `CoercionError`."""
        if value is None:
            return None
        if path == "_id":
            return to_object_id(value)
        if path in ("_sys.created", "_sys.updated"):
            return to_datetime(value)
        field = self.by_name.get(path)
        if field is None or field.type not in COERCED_OPERANDS:
            return value
        return coerce_as(field.type, path, value)

    def present(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return stored documents as they are read: with calendar dates, without hidden and masked fields."""
        if self.mask is not None:
            documents = [self.mask.apply(document) for document in documents]
        return self.with_dates(self.without_hidden(documents))

    def without_hidden(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Remove hidden fields from documents and return these."""
        for name in self._hidden:
            for document in documents:
                document.pop(name, None)
        return documents

    def present_value(self, path: str, value: Any) -> Any:
        """Return a stored value, which the mask does not remove, as its field is read."""
        return self.with_dates([{path: value}])[0][path]

    def with_dates(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return stored documents with their calendar dates: a `date` field at midnight is a date again."""
        for name in self._calendar_fields:
            for document in documents:
                value = document.get(name)
                if isinstance(value, datetime) and not (
                    value.hour or value.minute or value.second or value.microsecond
                ):
                    document[name] = value.date()
        return documents

    def _member(self, name: str, value: Any) -> tuple[str, Any]:
        """Return a top-level member's error, or an empty text, and its stored value."""
        if name in RESERVED:
            return _read_only(name), value
        field = self.by_name.get(name)
        if field is None:
            return (UNDECLARED if self.strict else ""), value
        if field.unwritable and value is not None and not (field.hidden and self.reveals_hidden):
            return field.unwritable, value
        try:
            return "", field.coerce(value)
        except CoercionError as error:
            return str(error), value

    def _nested_error(self, head: str) -> str:
        if head in RESERVED:
            return _read_only(head)
        field = self.by_name.get(head)
        if field is None:
            return UNDECLARED if self.strict else ""
        if field.type == "array":
            return f"The elements of the array {head!r} cannot be set one by one; set the whole array."
        if field.type not in ("object", "json"):
            return Message(f"The field {head!r} is of type {field.type} and has nothing inside it.", Code.TYPE)
        return ""


def _unique_options(field: Field) -> dict[str, Any]:
    collation = CASE_INSENSITIVE if field.case_insensitive else None
    return {"partialFilterExpression": {field.name: {"$gte": LEAST[field.type]}}, **option(collation)}


def _read_only(name: str) -> Message:
    return Message(f"{name!r} is set by the service and cannot be written.", Code.READONLY)


COERCED_OPERANDS = frozenset({"date", "datetime", "objectid", "reference", "binary", "decimal128", "timestamp"})


def coerce_as(kind: str, path: str, value: Any) -> Any:
    """Return a query's operand as a field of that type stores it. Raises `CoercionError`."""
    return Field(name=path, type=kind).coerce(value)


def new_stamps(*, actor: str, now: datetime) -> dict[str, Any]:
    """Return the system fields of a new document."""
    return {"version": 1, "created": now, "created_by": actor, "updated": now, "updated_by": actor}
