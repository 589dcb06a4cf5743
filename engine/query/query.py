"""Queries: a filter, a sort, a projection and a page, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.encoding.shape import ancestor_paths, path_error
from engine.errors import FieldError, Invalid, TooLarge, invalid
from engine.limits import Limits
from engine.query.filter import compile_filter
from engine.schema.collation import Collation
from engine.schema.schema import Schema

_MAX_SORT_KEYS = 32


class Count(StrEnum):
    """How a total is counted: every match, MongoDB's estimate where there is no filter, or not at all."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    NONE = "none"


@dataclass(frozen=True)
class Query:
    """`filter` in MongoDB's language as the caller wrote it; `sort` as (path, 1 or -1); `fields` as {path: 0 or 1}.

    `root` is the caller's name of the filter: it begins the path of every error. `cursor` is the `next` of a page
    with the same filter, sort and fields. Without a `count` a total is estimated, and not counted after a cursor.
    `expand` names references, by dotted paths through references alone, that are followed on reading. `collation`
    says how text is compared in the filter and the sort; without one by its bytes. With `score` the best matches of
    `$text` come first, each with its score in `_sys.score`.
    """

    filter: Mapping[str, Any] = field(default_factory=dict)
    sort: tuple[tuple[str, int], ...] = ()
    fields: Mapping[str, int] = field(default_factory=dict)
    skip: int = 0
    limit: int = 50
    root: str = "filters"
    cursor: str = ""
    count: Count | None = None
    expand: tuple[str, ...] = ()
    collation: Collation | None = None
    score: bool = False

    @property
    def request(self) -> tuple[str, Any]:
        """The filter and its name, for `engine.query.error_location`."""
        return self.root, self.filter

    def compiled(self, schema: Schema, *, limits: Limits) -> dict[str, Any]:
        """Return the filter for MongoDB, coerced to the schema's types. Raises `Invalid` with every error."""
        return compile_filter(self.filter, schema, root=self.root, limits=limits)

    def checked_sort(self, *, limits: Limits) -> list[tuple[str, int]]:
        """Return the sort with `_id` as its last key, so that pages neither repeat nor skip documents."""
        errors = _path_errors("sort", (path for path, _ in self.sort), limits=limits)
        if any(way not in (1, -1) for _, way in self.sort):
            errors.append(FieldError("sort", "The direction is 1 or -1."))
        if len(self.sort) >= _MAX_SORT_KEYS:
            errors.append(FieldError("sort", f"At most {_MAX_SORT_KEYS - 1} fields can be sorted by."))
        if errors:
            raise invalid(errors)
        keys = dict(self.sort)
        return [*keys.items()] if "_id" in keys else [*keys.items(), ("_id", 1)]

    def checked_fields(self, *, limits: Limits) -> dict[str, int] | None:
        """Return the projection, without paths that a shorter one already covers."""
        errors = _path_errors("fields", self.fields, limits=limits)
        kinds = {value for path, value in self.fields.items() if path != "_id"}
        if not kinds | set(self.fields.values()) <= {0, 1}:
            errors.append(FieldError("fields", "Each field is 0 or 1."))
        elif len(kinds) > 1:
            errors.append(FieldError("fields", "Fields are either named or excluded, not both."))
        if len(self.fields) > limits.query_nodes:
            errors.append(FieldError("fields", f"More than {limits.query_nodes} fields (MAX_QUERY_NODES)."))
        if errors:
            raise invalid(errors)
        uncovered = {
            path: is_included
            for path, is_included in self.fields.items()
            if self.fields.keys().isdisjoint(ancestor_paths(path))
        }
        return uncovered or None

    def checked_page(self, *, limits: Limits) -> tuple[int, int]:
        """Return `skip` and `limit`. A page holds at least one document and at most the cap."""
        if self.skip < 0 or self.limit < 1:
            raise Invalid("A page begins at 0 or later and holds at least one document.")
        if self.limit > limits.page_size:
            raise TooLarge(f"A page holds at most {limits.page_size} documents (MAX_PAGE_SIZE).")
        return self.skip, self.limit


def _path_errors(location: str, paths: Iterable[str], *, limits: Limits) -> list[FieldError]:
    return [FieldError(location, text) for path in paths if (text := path_error(path, limits=limits))]


@dataclass(frozen=True)
class Page:
    """Documents of one page, the total and how it was counted, and the cursor of the next page."""

    documents: list[dict[str, Any]]
    total: int | None
    count: Count = Count.EXACT
    next: str | None = None
