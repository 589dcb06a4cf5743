"""Writes of credentials with a field mask: neither their filters nor their changes may touch what is masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.context.context import Context
from engine.errors import Forbidden
from engine.query.query import Query
from engine.schema.mask import FieldMask

_NO_FILTER = "A credential with a field mask cannot use {name} in the filter of a write."
_NO_REPLACEMENT = "A credential with a field mask cannot replace whole documents; set its fields instead."
_NO_ELEMENTS = "A credential with a field mask cannot use array_filters."
_LOGICAL = ("$and", "$or", "$nor")


def check_new(context: Context, documents: Sequence[Any]) -> None:
    """Raise `Forbidden` if a new document has a masked member."""
    mask = context.spec.schema.mask
    if mask is not None:
        paths = (path for document in documents for path in _leaves(document, ""))
        _refuse_masked(mask, paths, "write")


def check_filter(context: Context, query: Query) -> None:
    """Raise `Forbidden` if the filter of a write reads a masked path, or may read any."""
    mask = context.spec.schema.mask
    if mask is not None:
        _refuse_masked(mask, _filter_paths(query.filter), "filter by")


def check_change(context: Context, change: Any) -> None:
    """Raise `Forbidden` if a change writes or reads a masked path. `change` is an `AnyChange`."""
    mask = context.spec.schema.mask
    if mask is None:
        return
    if change.replaces:
        raise Forbidden(_NO_REPLACEMENT)
    if getattr(change, "array_filters", None):
        raise Forbidden(_NO_ELEMENTS)
    _refuse_masked(mask, _changed_paths(change.values), "write")


def _refuse_masked(mask: FieldMask, paths: Iterable[str], verb: str) -> None:
    masked = sorted({path for path in paths if mask.touches(path)})
    if masked:
        raise Forbidden(f"The field mask of this credential does not let it {verb} {', '.join(masked[:10])}.")


def _leaves(value: Any, path: str) -> Iterator[str]:
    """Yield the paths of what has no members, through arrays as well."""
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value and path:
        for item in value:
            yield from _leaves(item, path)
    elif path:
        yield path


def _filter_paths(filter: Any) -> Iterator[str]:
    for name, condition in filter.items() if isinstance(filter, Mapping) else ():
        if name in _LOGICAL:
            for item in condition if isinstance(condition, list) else ():
                yield from _filter_paths(item)
        elif name.startswith("$"):
            raise Forbidden(_NO_FILTER.format(name=name))
        else:
            yield name


def _changed_paths(values: Any) -> Iterator[str]:
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if not (name.startswith("$") and isinstance(value, Mapping)):
            yield name
            continue
        for path, operand in value.items():
            yield path
            if name == "$rename" and isinstance(operand, str):
                yield operand
