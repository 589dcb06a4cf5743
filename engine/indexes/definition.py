"""Definitions of indexes: requested ones, and existing ones as MongoDB specifies them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.encoding.shape import path_error
from engine.errors import FieldError, invalid
from engine.indexes.text import TextOptions, text_options
from engine.query.filter import compile_filter
from engine.schema.collation import Collation, option
from engine.schema.schema import Schema

Keys = Sequence[tuple[str, int | str]]
ORDERS = (1, -1, "text", "2dsphere")
_MAX_KEYS = 31
_MAX_EXPIRY_SECONDS = 2**31 - 1
_NAME = re.compile(r"[\w.-]{1,100}")
OF_THE_SCHEMA = re.compile(r"unique_[0-9]+")
_MADE_BY_MONGODB = {"v", "key", "ns", "textIndexVersion", "2dsphereIndexVersion"}


@dataclass(frozen=True)
class NewIndex:
    """A requested index. `partial` is a filter, `expires` a number of seconds after the time in its one field."""

    keys: Keys
    unique: bool = False
    partial: Mapping[str, Any] | None = None
    expires: int | None = None
    name: str = ""
    collation: Collation | None = None
    text: TextOptions = field(default_factory=TextOptions)

    @property
    def title(self) -> str:
        parts = [f"{path}_{order}" for path, order in self.keys]
        if self.collation:
            parts.append(f"{self.collation.locale}_{self.collation.strength}")
        return self.name or re.sub(r"[^\w.-]", "_", "_".join(parts))[:100]

    def options(self, schema: Schema, *, limits: Any) -> dict[str, Any]:
        """Return the options for MongoDB. Raises `Invalid` with every error."""
        errors = [*self._key_errors(limits), *self._option_errors()]
        if errors:
            raise invalid(errors)
        result: dict[str, Any] = {"name": self.title}
        if self.unique:
            result["unique"] = True
        if self.partial is not None:
            result["partialFilterExpression"] = compile_filter(
                self.partial, schema, root="partial_filter", limits=limits
            )
        if self.expires is not None:
            result["expireAfterSeconds"] = self.expires
        return result | option(self.collation) | self.text.as_dict()

    def _key_errors(self, limits: Any) -> list[FieldError]:
        paths = [path for path, _ in self.keys]
        if not 1 <= len(paths) <= _MAX_KEYS:
            return [FieldError("keys", f"Must name from 1 to {_MAX_KEYS} fields.")]
        errors = [
            FieldError(f"keys.{index}.field", text)
            for index, path in enumerate(paths)
            if (text := path_error(path, limits=limits))
        ]
        if len(set(paths)) < len(paths):
            errors.append(FieldError("keys", "Each field may be named once."))
        if paths == ["_id"]:
            errors.append(FieldError("keys", "There is an index of _id already."))
        return errors

    def _option_errors(self) -> list[FieldError]:
        errors = [*self.text.errors(self.keys)]
        if self.unique and any(type(order) is str for _, order in self.keys):
            errors.append(FieldError("unique", "A unique index supports the orders 1 and -1 only."))
        if self.collation and any(type(order) is str for _, order in self.keys):
            errors.append(FieldError("collation", "A collation supports the orders 1 and -1 only."))
        if self.expires is not None and not 0 <= self.expires <= _MAX_EXPIRY_SECONDS:
            errors.append(FieldError("expire_after_seconds", f"Must be from 0 to {_MAX_EXPIRY_SECONDS}."))
        if self.expires is not None and (len(self.keys) != 1 or type(self.keys[0][1]) is str):
            errors.append(FieldError("expire_after_seconds", "Needs an index of one field, in the order 1 or -1."))
        if self.name and not _NAME.fullmatch(self.name):
            errors.append(FieldError("name", "Must be 1 to 100 letters, digits, '_', '-' and '.'."))
        if self.title == "_id_" or OF_THE_SCHEMA.fullmatch(self.title):
            errors.append(FieldError("name", "This index name is reserved."))
        return errors


@dataclass(frozen=True)
class Index:
    """An existing index. `size` in bytes; `uses` since `since`, reset when mongod restarts."""

    name: str
    keys: Keys
    unique: bool
    sparse: bool
    partial: Mapping[str, Any] | None
    expires: int | None
    of_schema: bool
    building: bool
    size: int
    uses: int
    since: datetime | None
    collation: Collation | None = None
    text: TextOptions | None = None


def definition(spec: Mapping[str, Any]) -> tuple[Keys, dict[str, Any]]:
    """Return the keys and options that recreate an index of this specification."""
    options = {name: value for name, value in spec.items() if name not in _MADE_BY_MONGODB}
    return _keys(spec["key"], spec.get("weights", {})), options


def index_of(item: Mapping[str, Any], sizes: Mapping[str, int]) -> Index:
    spec, uses = item.get("spec", {}), item.get("accesses", {})
    return Index(
        name=item["name"],
        keys=_keys(item["key"], spec.get("weights", {})),
        unique=bool(spec.get("unique")),
        sparse=bool(spec.get("sparse")),
        partial=spec.get("partialFilterExpression"),
        expires=spec.get("expireAfterSeconds"),
        of_schema=OF_THE_SCHEMA.fullmatch(item["name"]) is not None,
        building=bool(item.get("building")),
        size=int(sizes.get(item["name"], 0)),
        uses=int(uses.get("ops", 0)),
        since=uses.get("since"),
        collation=collation_of(spec),
        text=text_options(spec),
    )


def collation_of(spec: Mapping[str, Any]) -> Collation | None:
    """Return the collation in MongoDB's specification of an index."""
    collation = spec.get("collation")
    return (
        Collation(collation["locale"], int(collation["strength"])) if collation and "weights" not in spec else None
    )


def _keys(keys: Mapping[str, Any], weights: Mapping[str, Any]) -> list[tuple[str, int | str]]:
    """Return the keys as requested: MongoDB keeps the fields of a text index as weights plus two keys of
    its own.
    """
    result: list[tuple[str, int | str]] = []
    for path, order in keys.items():
        if path == "_fts":
            result += [(name, "text") for name in weights]
        elif path != "_ftsx":
            result.append((path, order if type(order) is str else int(order)))
    return result
