"""Aggregation pipelines from an allow-list of stages, checked at every depth, within one database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import Invalid, TooLarge, invalid
from engine.limits import Limits
from engine.query.expressions import OWN_VARIABLE, WINDOW_OPERATORS, size_of
from engine.query.extended_json import with_literals
from engine.query.filter import compile_filter
from engine.query.geometry import distance_error, point_error
from engine.query.pipeline_shape import PipelineShape, Types, after_stage, types_of_schema
from engine.query.pipeline_stages import StageChecker
from engine.schema.schema import Schema

Resolve = Callable[[str], tuple[str, Schema] | None]
MAX_STAGES = 50
NO_SCHEMA = PipelineShape()


def compile_pipeline(
    raw: Any, schema: Schema, *, resolve: Resolve, root: str, limits: Limits
) -> list[dict[str, Any]]:
    """Compile a pipeline for MongoDB. Raises `Invalid` with every error, or `TooLarge` past a cap.

    `resolve` returns a collection's physical name and schema, or None for one that the caller may not read.
    """
    compiler = _Pipelines(resolve, limits=limits)
    stages, _ = compiler.stages(raw, root, schema=schema, depth=1)
    if compiler.errors:
        raise invalid(compiler.errors)
    return [with_literals(stage) for stage in stages]


class _Pipelines(StageChecker):
    """Compiles stages and the pipelines nested in them."""

    def __init__(self, resolve: Resolve, *, limits: Limits) -> None:
        super().__init__(limits=limits)
        self._resolve = resolve
        # The types of what the stage under way reads elsewhere, for `after_stage`.
        self._inner: dict[str, Types] = {}

    def stages(self, raw: Any, location: str, *, schema: Schema, depth: int) -> tuple[list[dict[str, Any]], Types]:
        """Return the stages for MongoDB, and the types of their output."""
        types = types_of_schema(schema)
        if type(raw) is not list:
            self.error(location, "Must be an array of stages.")
            return [], types
        if len(raw) > MAX_STAGES:
            raise TooLarge.of_field(location, f"A pipeline has at most {MAX_STAGES} stages.")
        self.enter(location, depth=depth, nodes=len(raw))
        compiled = []
        for index, stage in enumerate(raw):
            self.types = types
            shape = PipelineShape(types=types)
            if type(stage) is dict and "$geoNear" in stage and (index or depth > 1):
                self.error(f"{location}.{index}.$geoNear", "Must be the first stage of the whole pipeline.")
            compiled.append(self._stage(stage, f"{location}.{index}", schema=shape, depth=depth + 1))
            inner, self._inner = self._inner, {}
            if not self.errors:
                ((name, body),) = stage.items()
                types = after_stage(name, body, types, inner)
        return compiled, types

    def _stage(self, raw: Any, location: str, *, schema: Schema, depth: int) -> dict[str, Any]:
        if type(raw) is not dict or len(raw) != 1:
            self.error(location, "Must be an object of one stage.")
            return {}
        ((name, body),) = raw.items()
        compile_stage = _STAGES.get(name)
        if compile_stage is None:
            self.error(f"{location}.{name}", f"The stage {name} is not allowed.")
            return {}
        return {name: compile_stage(self, body, f"{location}.{name}", schema=schema, depth=depth + 1)}

    def _match(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        self.enter(location, depth=depth, nodes=size_of(raw))
        try:
            return compile_filter(raw, schema, root=location, limits=self.limits)
        except Invalid as error:
            self.errors.extend(error.errors)
            return {}

    def _facet(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if not self._is_object(raw, location):
            return raw
        self.enter(location, depth=depth, nodes=len(raw))
        for name in raw:
            self.path(name, f"{location}.{name}")
        compiled, types = {}, {}
        for name, inner in raw.items():
            compiled[name], types[name] = self.stages(inner, f"{location}.{name}", schema=schema, depth=depth + 1)
        self._inner = types
        return compiled

    def _geo_near(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        paths = ("distanceField", "key", "includeLocs")
        numbers = ("maxDistance", "minDistance", "distanceMultiplier")
        if not self._members(raw, location, "near", *paths, *numbers, "query", "spherical"):
            return raw
        self.enter(location, depth=depth, nodes=len(raw))
        for name in paths:
            self._optional_path(raw, name, location)
        if "distanceField" not in raw:
            self.error(f"{location}.distanceField", "Required: the field that receives the distance.")
        errors = {name: distance_error(raw[name]) for name in numbers if name in raw}
        errors["near"] = point_error(raw.get("near"))
        if raw.get("spherical", True) is not True:
            errors["spherical"] = "Must be true: distances are on the sphere."
        for name, text in errors.items():
            if text:
                self.error(f"{location}.{name}", text)
        query = self._match(raw.get("query", {}), f"{location}.query", schema=schema, depth=depth + 1)
        if "$text" in query:
            self.error(f"{location}.query.$text", "$text does not go with $geoNear.")
        return {**raw, "spherical": True, "query": query}

    def _lookup(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if not self._members(raw, location, "from", "localField", "foreignField", "let", "pipeline", "as"):
            return raw
        physical, foreign = self._collection(raw.get("from"), f"{location}.from")
        for name in ("localField", "foreignField", "as"):
            self._optional_path(raw, name, location)
        for name, value in self._object_member(raw, "let", location).items():
            if not OWN_VARIABLE.fullmatch(name):
                self.error(
                    f"{location}.let.{name}", "A variable begins with a small letter and has letters, digits, _."
                )
            self.expression(value, f"{location}.let.{name}", depth=depth + 1)
        compiled, types = {**raw, "from": physical}, types_of_schema(foreign)
        if "pipeline" in raw:
            compiled["pipeline"], types = self.stages(
                raw["pipeline"], f"{location}.pipeline", schema=foreign, depth=depth + 1
            )
        self._inner = {"as": types}
        return compiled

    def _graph_lookup(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        paths = ("connectFromField", "connectToField", "as", "depthField")
        if not self._members(raw, location, "from", "startWith", "maxDepth", "restrictSearchWithMatch", *paths):
            return raw
        physical, foreign = self._collection(raw.get("from"), f"{location}.from")
        for name in paths:
            self._optional_path(raw, name, location)
        self.expression(raw.get("startWith"), f"{location}.startWith", depth=depth + 1)
        self._whole(raw.get("maxDepth", 0), f"{location}.maxDepth", schema=schema, depth=depth)
        compiled = {**raw, "from": physical}
        if "restrictSearchWithMatch" in raw:
            inner = f"{location}.restrictSearchWithMatch"
            compiled["restrictSearchWithMatch"] = self._match(
                raw["restrictSearchWithMatch"], inner, schema=foreign, depth=depth + 1
            )
        self._inner = {"as": types_of_schema(foreign)}
        return compiled

    def _union_with(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if type(raw) is str:
            physical, foreign = self._collection(raw, location)
            self._inner = {"": types_of_schema(foreign)}
            return physical
        if not self._members(raw, location, "coll", "pipeline"):
            return raw
        physical, foreign = self._collection(raw.get("coll"), f"{location}.coll")
        inner = raw.get("pipeline", [])
        stages, types = self.stages(inner, f"{location}.pipeline", schema=foreign, depth=depth + 1)
        self._inner = {"": types}
        return {"coll": physical, "pipeline": stages}

    def _window_fields(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if not self._members(raw, location, "partitionBy", "sortBy", "output"):
            return raw
        self.expression(raw.get("partitionBy"), f"{location}.partitionBy", depth=depth + 1)
        self._sort(raw.get("sortBy", {}), f"{location}.sortBy", schema=schema, depth=depth + 1)
        for name, value in self._object_member(raw, "output", location).items():
            operator = (
                {key: inner for key, inner in value.items() if key != "window"} if type(value) is dict else value
            )
            self._output(name, operator, f"{location}.output", among=WINDOW_OPERATORS, depth=depth + 1)
            if type(value) is dict and "window" in value:
                self.expression(value["window"], f"{location}.output.{name}.window", depth=depth + 2)
        return raw

    def _collection(self, name: Any, location: str) -> tuple[str, Schema]:
        resolved = self._resolve(name) if type(name) is str else None
        if resolved is None:
            self.error(location, "Must name a collection of this database.")
            return "", NO_SCHEMA
        return resolved


_STAGES: Mapping[str, Callable[..., Any]] = {
    "$match": _Pipelines._match,
    "$geoNear": _Pipelines._geo_near,
    "$project": _Pipelines._shape,
    "$set": _Pipelines._shape,
    "$addFields": _Pipelines._shape,
    "$unset": _Pipelines._unset,
    "$group": _Pipelines._group,
    "$bucket": _Pipelines._bucket,
    "$bucketAuto": _Pipelines._bucket_auto,
    "$sort": _Pipelines._sort,
    "$limit": _Pipelines._limit,
    "$skip": _Pipelines._whole,
    "$count": _Pipelines._count,
    "$sortByCount": _Pipelines._expression_stage,
    "$sample": _Pipelines._sample,
    "$unwind": _Pipelines._unwind,
    "$facet": _Pipelines._facet,
    "$replaceRoot": _Pipelines._replace_root,
    "$replaceWith": _Pipelines._expression_stage,
    "$lookup": _Pipelines._lookup,
    "$graphLookup": _Pipelines._graph_lookup,
    "$unionWith": _Pipelines._union_with,
    "$setWindowFields": _Pipelines._window_fields,
}
STAGES = tuple(_STAGES)
