"""The parameters of reads: which attributes, how many documents, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Self, TypeVar

from django.http import QueryDict
from pydantic import Field, PlainValidator, WithJsonSchema

import engine
from web.operations import FieldErrors, RequestModel
from web.operations.types import MAX_INTEGER
from web.requests.body import json_text

M = TypeVar("M", bound=RequestModel)
_SEPARATORS = re.compile(r"[\s,]+")
_IN_BRACKETS = re.compile(r"fields\[(.*)\]")
_OFF = ("0", "false")
_ON = ("1", "true")
_STRING = WithJsonSchema({"type": "string"})
_NUMBER = f"Must be a whole number from 0 to {MAX_INTEGER}."


def _switch(value: Any) -> bool:
    return str(value).strip().lower() in _ON


def _number(value: Any) -> int:
    text = str(value).strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_INTEGER)) or int(text) > MAX_INTEGER:
        raise ValueError(_NUMBER)
    return int(text)


def _fields(value: Any) -> dict[str, int]:
    """Return the projection; `value` is a list of texts and {name: text}, as `fields_of` gathers them."""
    fields: dict[str, int] = {}
    for item in value:
        fields |= item if type(item) is dict else _named("fields", item)
    return {path: included for path, included in fields.items() if path != "_id" or included}


def _named(parameter: str, text: str) -> dict[str, int]:
    """Return {name: 1 or 0} of names with spaces between them, `-` before those that are left out, or of JSON."""
    if text.lstrip()[:1] in ("{", "["):
        return _of_json(parameter, text)
    names = [name for name in _SEPARATORS.split(text) if name]
    return {name.removeprefix("-"): 0 if name[0] == "-" else 1 for name in names}


def _of_json(parameter: str, text: str) -> dict[str, int]:
    try:
        value = json_text(parameter, text)
    except engine.Invalid as error:
        raise FieldErrors(error.errors) from error
    if type(value) is list and all(type(name) is str for name in value):
        return dict.fromkeys(value, 1)
    if type(value) is dict and all(type(flag) in (int, bool) for flag in value.values()):
        return {name: int(flag) for name, flag in value.items()}
    raise ValueError("Must be names with spaces between them, or an object of 1, 0 or -1.")


def _sort(text: Any) -> tuple[tuple[str, int], ...]:
    """Return (name, 1 or -1) of each name; `-` before a name is descending."""
    if str(text).lstrip()[:1] == "{":
        return tuple(_of_json("sort", str(text)).items())
    return tuple((name, 1 if included else -1) for name, included in _named("sort", str(text)).items())


def _direction(value: Any) -> int:
    directions = {"": 1, "asc": 1, "1": 1, "desc": -1, "-1": -1}
    direction = directions.get(str(value).strip().lower())
    if direction is None:
        raise ValueError("Must be ASC or DESC.")
    return direction


def fields_of(params: Iterable[tuple[str, list[Any]]]) -> list[Any]:
    """Return what the forms of `fields` hold: `fields=a b`, `fields[]=a` repeated, `fields[a]=1`."""
    gathered: list[Any] = []
    for name, texts in params:
        in_brackets = _IN_BRACKETS.fullmatch(name)
        if name == "fields" or (in_brackets and not in_brackets[1]):
            gathered += texts
        elif in_brackets:
            gathered.append({in_brackets[1]: 0 if texts[-1].strip().lower() in _OFF else 1})
    return gathered


class FieldsParameters(RequestModel):
    """The attributes of one document."""

    fields: Annotated[dict[str, int], PlainValidator(_fields), _STRING] = Field(
        default={}, description="Attributes with spaces between them, `-` before those to leave out; also JSON."
    )

    @classmethod
    def of_params(cls, params: QueryDict) -> Self:
        """Parse the parameters of a request. Raises `Invalid` with every error."""
        return _parse(cls, params)


class PageParameters(RequestModel):
    """How many documents or versions, and which page of them."""

    limit: Annotated[int, PlainValidator(_number), WithJsonSchema({"type": "integer", "minimum": 0})] = Field(
        default=0, description="Documents at most; all without it."
    )
    page: Annotated[int, PlainValidator(_number), WithJsonSchema({"type": "integer", "minimum": 1})] = Field(
        default=1, description="With `limit`: the page, from 1."
    )

    @classmethod
    def of_params(cls, params: QueryDict) -> Self:
        """Parse the parameters of a request. Raises `Invalid` with every error."""
        return _parse(cls, params)

    @property
    def skip(self) -> int:
        return max(self.page - 1, 0) * self.limit


class SearchParameters(PageParameters, FieldsParameters):
    """The attributes, number and order of documents."""

    sort: Annotated[tuple[tuple[str, int], ...], PlainValidator(_sort), _STRING] = Field(
        default=(), description="Attributes to sort by; `-` before one is descending."
    )
    dir: Annotated[int, PlainValidator(_direction), _STRING] = Field(
        default=1, description="`DESC` reverses `sort`; `ASC` does not."
    )
    include_metadata: Annotated[bool, PlainValidator(_switch), WithJsonSchema({"type": "boolean"})] = Field(
        default=False, alias="includeMetadata", description="The answer is `{metadata: {total}, records}`."
    )
    deleted: Annotated[bool, PlainValidator(_switch), WithJsonSchema({"type": "boolean"})] = Field(
        default=False, description="The last versions of deleted documents."
    )

    @property
    def order(self) -> tuple[tuple[str, int], ...]:
        return tuple((name, way * self.dir) for name, way in self.sort)


def _parse(model: type[M], params: QueryDict) -> M:
    """Parse parameters; most requests have none."""
    return model.parse(_values(params)) if params else _without_parameters(model)


@cache
def _without_parameters(model: type[M]) -> M:
    return model.parse({})


def _values(params: QueryDict) -> Mapping[str, Any]:
    """Return each parameter once. The forms of `fields` are gathered under that name."""
    values: dict[str, Any] = {name: texts[-1] for name, texts in params.lists() if texts}
    fields = fields_of(params.lists())
    return {**values, "fields": fields} if fields else values
