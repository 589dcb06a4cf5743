"""The types of the fields at each stage of a pipeline, as far as they follow from declared fields and literals.

A shape is `{path: type}`, of dotted paths. A field that a stage leaves alone keeps its type, so that later stages
compare it as the collection does; what a stage computes has a type only where that is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.schema.schema import COERCED_OPERANDS, Schema, coerce_as
from engine.schema.types import CoercionError

Types = Mapping[str, str]
UNTYPED: Types = {}
MIXED = "mixed"
_SYSTEM = {"_id": "objectid", "_sys.created": "datetime", "_sys.updated": "datetime"}
_DATES = ("$toDate", "$dateFromString", "$dateFromParts", "$dateTrunc", "$dateAdd", "$dateSubtract")
_COMPUTED = {**dict.fromkeys(_DATES, "datetime"), "$toObjectId": "objectid", "$toDecimal": "decimal128"}
_LITERALS = {"$date": "datetime", "$oid": "objectid", "$numberDecimal": "decimal128"}
# These give one of their operand's values, or an array of them, which a filter compares one by one.
_SAME = {"$first", "$last", "$min", "$max", "$push", "$addToSet"}
_KEEPS = {"$match", "$sort", "$limit", "$skip", "$sample"}


@dataclass(frozen=True)
class PipelineShape(Schema):
    """What is known of the documents at a stage, as filters and expressions in it need it."""

    types: Types = field(default_factory=dict)

    def coerce_operand(self, path: str, value: Any) -> Any:
        kind = self.types.get(path)
        if kind == MIXED and isinstance(value, str):
            raise CoercionError('The field has different types here; write a date as {"$date": "…"}.')
        if value is None or kind not in COERCED_OPERANDS:
            return value
        return coerce_as(kind, path, value)


def types_of_schema(schema: Schema) -> Types:
    """Return the types of a collection's stored documents, or of a shape."""
    if isinstance(schema, PipelineShape):
        return schema.types
    return _SYSTEM | {declared.name: declared.type for declared in schema.fields}


def types_of(expression: Any, types: Types) -> Types:
    """Return the known types of an expression's value: `{"": type}` of itself, `{".x": type}` of a member."""
    if type(expression) is str:
        return _of_text(expression, types)
    if type(expression) is not dict:
        return UNTYPED
    operators = [name for name in expression if name.startswith("$")]
    if not operators:
        return {
            f".{name}{rest}": kind
            for name, value in expression.items()
            for rest, kind in types_of(value, types).items()
        }
    name = operators[0]
    if name in _SAME:
        return types_of(expression[name], types)
    kind = (_COMPUTED | _LITERALS).get(name)
    return {"": kind} if kind else UNTYPED


def _of_text(text: str, types: Types) -> Types:
    if text == "$$NOW":
        return {"": "datetime"}
    if text in ("$$ROOT", "$$CURRENT"):
        return {f".{path}": kind for path, kind in types.items()}
    path = text[1:]
    if not text.startswith("$") or path.startswith("$"):
        return UNTYPED
    return {name.removeprefix(path): kind for name, kind in types.items() if _is_in(name, path)}


def after_stage(name: str, body: Any, types: Types, inner: Mapping[str, Types]) -> Types:
    """Return the types after a well-formed stage.

    `inner` has those of its pipelines and of the collection that it reads, by the name under which their documents
    are found, which is empty where they join the others.
    """
    if name in _KEEPS:
        return types
    return _AFTER[name](body, types, inner) if name in _AFTER else UNTYPED


def _set(body: Mapping[str, Any], types: Types, inner: Mapping[str, Types]) -> Types:
    others = _without(types, body)
    return {**others, **_at({path: types_of(value, types) for path, value in body.items()})}


def _project(body: Mapping[str, Any], types: Types, inner: Mapping[str, Types]) -> Types:
    dropped = {path for path, value in body.items() if value in (0, False) and type(value) in (int, bool, float)}
    if dropped >= body.keys() - {"_id"}:
        return _without(types, dropped)
    included = {path for path, value in body.items() if type(value) in (int, bool, float) and value}
    included |= {"_id"} - body.keys()
    computed = {path: types_of(value, types) for path, value in body.items() if path not in included | dropped}
    return {name: kind for name, kind in types.items() if any(_is_in(name, path) for path in included)} | _at(
        computed
    )


def _unset(body: Any, types: Types, inner: Mapping[str, Types]) -> Types:
    return _without(types, body if type(body) is list else [body])


def _group(body: Mapping[str, Any], types: Types, inner: Mapping[str, Types]) -> Types:
    return _at({name: types_of(value, types) for name, value in body.items()})


def _bucket(body: Mapping[str, Any], types: Types, inner: Mapping[str, Types]) -> Types:
    return _group(body.get("output", {}), types, inner)


def _sort_by_count(body: Any, types: Types, inner: Mapping[str, Types]) -> Types:
    return _at({"_id": types_of(body, types)})


def _unwind(body: Any, types: Types, inner: Mapping[str, Types]) -> Types:
    index = body.get("includeArrayIndex") if type(body) is dict else None
    return _without(types, [index]) if index else types


def _geo_near(body: Mapping[str, Any], types: Types, inner: Mapping[str, Types]) -> Types:
    return _without(types, [body[name] for name in ("distanceField", "includeLocs") if name in body])


def _joined(body: Mapping[str, Any], types: Types, inner: Mapping[str, Types]) -> Types:
    """Return the types after `$lookup` and `$graphLookup`, whose documents are at the path `as`."""
    name = body.get("as", "")
    joined = {f"{name}.{path}": kind for path, kind in inner["as"].items()}
    depth = [f"{name}.{body['depthField']}"] if "depthField" in body else []
    return {**_without(types, [name]), **_without(joined, depth)}


def _facet(body: Any, types: Types, inner: Mapping[str, Types]) -> Types:
    return {f"{name}.{path}": kind for name, output in inner.items() for path, kind in output.items()}


def _union(body: Any, types: Types, inner: Mapping[str, Types]) -> Types:
    other = inner[""]
    mixed = {
        path: MIXED
        for path, kind in other.items()
        if types.get(path, kind) != kind and not _alike(kind, types[path])
    }
    return {**other, **types, **mixed}


def _alike(one: str, other: str) -> bool:
    """Return whether two types are compared the same way."""
    return {one, other} == {"date", "datetime"} or {one, other}.isdisjoint(COERCED_OPERANDS)


def _window(body: Mapping[str, Any], types: Types, inner: Mapping[str, Types]) -> Types:
    output = body.get("output", {})
    computed = {path: types_of(value, types) for path, value in output.items()}
    return {**_without(types, output), **_at(computed)}


def _replace_root(body: Any, types: Types, inner: Mapping[str, Types]) -> Types:
    members = types_of(body["newRoot"] if type(body) is dict and "newRoot" in body else body, types)
    return {path.removeprefix("."): kind for path, kind in members.items() if path}


def _at(members: Mapping[str, Types]) -> dict[str, str]:
    return {path + rest: kind for path, types in members.items() for rest, kind in types.items()}


def _without(types: Types, paths: Any) -> Types:
    """Return the types without those paths, what is inside them, and what they are in."""
    return {
        name: kind
        for name, kind in types.items()
        if not any(_is_in(name, path) or _is_in(path, name) for path in paths)
    }


def _is_in(path: str, outer: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")


_AFTER: Mapping[str, Callable[[Any, Types, Mapping[str, Types]], Types]] = {
    "$set": _set,
    "$addFields": _set,
    "$project": _project,
    "$unset": _unset,
    "$group": _group,
    "$bucket": _bucket,
    "$bucketAuto": _bucket,
    "$sortByCount": _sort_by_count,
    "$unwind": _unwind,
    "$geoNear": _geo_near,
    "$lookup": _joined,
    "$graphLookup": _joined,
    "$facet": _facet,
    "$unionWith": _union,
    "$setWindowFields": _window,
    "$replaceRoot": _replace_root,
    "$replaceWith": _replace_root,
}
