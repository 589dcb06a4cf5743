"""Aggregation pipelines from an allow-list of stages, checked at every depth, within one database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.encoding.json import path_error
from engine.errors import Invalid, TooLarge, invalid
from engine.limits import Limits
from engine.query.expressions import ACCUMULATORS, OWN_VARIABLE, WINDOW_OPERATORS, ExpressionChecker, size_of
from engine.query.extended_json import with_literals
from engine.query.filter import compile_filter
from engine.query.geometry import distance_error, point_error
from engine.query.pipeline_shape import PipelineShape, Types, after_stage, types_of_schema
from engine.schema.schema import Schema

Resolve = Callable[[str], tuple[str, Schema] | None]
MAX_STAGES = 50
NO_SCHEMA = PipelineShape()


def compile_pipeline(
    raw: Any, schema: Schema, *, resolve: Resolve, root: str, limits: Limits
) -> list[dict[str, Any]]:
    """The pipeline as MongoDB gets it; raises `Invalid` with every error, or `TooLarge` past a cap.

    `resolve` gives a collection's physical name and schema, or None for one that the caller may not read.
    """
    compiler = _Pipelines(resolve, limits=limits)
    found, _ = compiler.stages(raw, root, schema=schema, depth=1)
    if compiler.errors:
        raise invalid(compiler.errors)
    return with_literals(found)


class _Pipelines(ExpressionChecker):
    """Walks stages and what nests in them."""

    def __init__(self, resolve: Resolve, *, limits: Limits) -> None:
        super().__init__(limits=limits)
        self._resolve = resolve
        # The types of what the stage under way reads elsewhere, for `after_stage`.
        self._inner: dict[str, Types] = {}

    def stages(self, raw: Any, location: str, *, schema: Schema, depth: int) -> tuple[list[dict[str, Any]], Types]:
        """The stages as MongoDB gets them, and the types of what they give."""
        types = types_of_schema(schema)
        if type(raw) is not list:
            self.error(location, "Must be an array of stages.")
            return [], types
        if len(raw) > MAX_STAGES:
            raise TooLarge.of_field(location, f"A pipeline has at most {MAX_STAGES} stages.")
        self.enter(location, depth=depth, nodes=len(raw))
        found = []
        for index, stage in enumerate(raw):
            self.types = types
            shape = PipelineShape(types=types)
            if type(stage) is dict and "$geoNear" in stage and (index or depth > 1):
                self.error(f"{location}.{index}.$geoNear", "Must be the first stage of the whole pipeline.")
            found.append(self._stage(stage, f"{location}.{index}", schema=shape, depth=depth + 1))
            inner, self._inner = self._inner, {}
            if not self.errors:
                ((name, body),) = stage.items()
                types = after_stage(name, body, types, inner)
        return found, types

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

    def _shape(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        """The body of $project, $set and $addFields: a path to an expression, or to 0, 1, true, false."""
        if not self._is_object(raw, location):
            return raw
        self.enter(location, depth=depth, nodes=len(raw))
        for path, value in raw.items():
            if text := path_error(path, limits=self.limits):
                self.error(f"{location}.{path}", text)
            self.expression(value, f"{location}.{path}", depth=depth + 1)
        return raw

    def _group(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if not self._is_object(raw, location):
            return raw
        self.enter(location, depth=depth, nodes=len(raw))
        if "_id" not in raw:
            self.error(f"{location}._id", "Must be there: what to group by, or null for all documents together.")
        for name, value in raw.items():
            if name == "_id":
                self.expression(value, f"{location}._id", depth=depth + 1)
            else:
                self._output(name, value, location, among=ACCUMULATORS, depth=depth)
        return raw

    def _output(self, name: str, value: Any, location: str, *, among: frozenset[str], depth: int) -> None:
        self.path(name, f"{location}.{name}")
        self.operator(value, f"{location}.{name}", among=among, depth=depth + 1)

    def _bucket(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if not self._members(raw, location, "groupBy", "boundaries", "default", "output"):
            return raw
        for name in raw.keys() & {"groupBy", "boundaries", "default"}:
            self.expression(raw[name], f"{location}.{name}", depth=depth + 1)
        return self._bucket_output(raw, location, depth=depth)

    def _bucket_auto(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if not self._members(raw, location, "groupBy", "buckets", "granularity", "output"):
            return raw
        self.expression(raw.get("groupBy"), f"{location}.groupBy", depth=depth + 1)
        self._whole(raw.get("buckets"), f"{location}.buckets", schema=schema, depth=depth)
        if type(raw.get("granularity", "")) is not str:
            self.error(f"{location}.granularity", "Must be text.")
        return self._bucket_output(raw, location, depth=depth)

    def _bucket_output(self, raw: Mapping[str, Any], location: str, *, depth: int) -> Any:
        output = self._object_member(raw, "output", location)
        self.enter(location, depth=depth, nodes=len(output))
        for name, value in output.items():
            self._output(name, value, f"{location}.output", among=ACCUMULATORS, depth=depth + 1)
        return raw

    def _sort(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if self._is_object(raw, location):
            self.enter(location, depth=depth, nodes=len(raw))
            self.sort_size(raw, location)
            for path, way in raw.items():
                self.path(path, f"{location}.{path}")
                if type(way) is not int or way not in (1, -1):
                    self.error(f"{location}.{path}", "Must be 1 or -1.")
        return raw

    def _unset(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        paths = raw if type(raw) is list else [raw]
        self.enter(location, depth=depth, nodes=len(paths))
        for path in paths:
            self.path(path, location)
        return raw

    def _whole(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if type(raw) is not int or not 0 <= raw < 2**31:
            self.error(location, "Must be a whole number that is not negative.")
        return raw

    def _limit(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if self._whole(raw, location, schema=schema, depth=depth) == 0:
            self.error(location, "Must be at least 1.")
        return raw

    def _count(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        self.path(raw, location)
        return raw

    def _expression_stage(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        self.expression(raw, location, depth=depth)
        return raw

    def _sample(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if self._members(raw, location, "size"):
            self._whole(raw.get("size"), f"{location}.size", schema=schema, depth=depth)
        return raw

    def _unwind(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if type(raw) is str:
            self.text(raw, location)
        elif self._members(raw, location, "path", "includeArrayIndex", "preserveNullAndEmptyArrays"):
            self.expression(raw.get("path"), f"{location}.path", depth=depth + 1)
            self._optional_path(raw, "includeArrayIndex", location)
            if type(raw.get("preserveNullAndEmptyArrays", True)) is not bool:
                self.error(f"{location}.preserveNullAndEmptyArrays", "Must be true or false.")
        return raw

    def _facet(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if not self._is_object(raw, location):
            return raw
        self.enter(location, depth=depth, nodes=len(raw))
        for name in raw:
            self.path(name, f"{location}.{name}")
        found, types = {}, {}
        for name, inner in raw.items():
            found[name], types[name] = self.stages(inner, f"{location}.{name}", schema=schema, depth=depth + 1)
        self._inner = types
        return found

    def _replace_root(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if self._members(raw, location, "newRoot"):
            self.expression(raw.get("newRoot"), f"{location}.newRoot", depth=depth + 1)
        return raw

    def _geo_near(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        paths = ("distanceField", "key", "includeLocs")
        numbers = ("maxDistance", "minDistance", "distanceMultiplier")
        if not self._members(raw, location, "near", *paths, *numbers, "query", "spherical"):
            return raw
        self.enter(location, depth=depth, nodes=len(raw))
        for name in paths:
            self._optional_path(raw, name, location)
        if "distanceField" not in raw:
            self.error(f"{location}.distanceField", "Must be there: the field that gets the distance.")
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
        found, types = {**raw, "from": physical}, types_of_schema(foreign)
        if "pipeline" in raw:
            found["pipeline"], types = self.stages(
                raw["pipeline"], f"{location}.pipeline", schema=foreign, depth=depth + 1
            )
        self._inner = {"as": types}
        return found

    def _graph_lookup(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        paths = ("connectFromField", "connectToField", "as", "depthField")
        if not self._members(raw, location, "from", "startWith", "maxDepth", "restrictSearchWithMatch", *paths):
            return raw
        physical, foreign = self._collection(raw.get("from"), f"{location}.from")
        for name in paths:
            self._optional_path(raw, name, location)
        self.expression(raw.get("startWith"), f"{location}.startWith", depth=depth + 1)
        self._whole(raw.get("maxDepth", 0), f"{location}.maxDepth", schema=schema, depth=depth)
        found = {**raw, "from": physical}
        if "restrictSearchWithMatch" in raw:
            inner = f"{location}.restrictSearchWithMatch"
            found["restrictSearchWithMatch"] = self._match(
                raw["restrictSearchWithMatch"], inner, schema=foreign, depth=depth + 1
            )
        self._inner = {"as": types_of_schema(foreign)}
        return found

    def _union_with(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if type(raw) is str:
            physical, foreign = self._collection(raw, location)
            self._inner = {"": types_of_schema(foreign)}
            return physical
        if not self._members(raw, location, "coll", "pipeline"):
            return raw
        physical, foreign = self._collection(raw.get("coll"), f"{location}.coll")
        inner = raw.get("pipeline", [])
        found, types = self.stages(inner, f"{location}.pipeline", schema=foreign, depth=depth + 1)
        self._inner = {"": types}
        return {"coll": physical, "pipeline": found}

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
        found = self._resolve(name) if type(name) is str else None
        if found is None:
            self.error(location, "Must name a collection of this database.")
            return "", NO_SCHEMA
        return found

    def _optional_path(self, raw: Mapping[str, Any], name: str, location: str) -> None:
        if name in raw:
            self.path(raw[name], f"{location}.{name}")

    def _object_member(self, raw: Mapping[str, Any], name: str, location: str) -> Mapping[str, Any]:
        found = raw.get(name, {})
        return found if self._is_object(found, f"{location}.{name}") else {}

    def _is_object(self, raw: Any, location: str) -> bool:
        if type(raw) is not dict:
            self.error(location, "Must be an object.")
        return type(raw) is dict

    def _members(self, raw: Any, location: str, *names: str) -> bool:
        """Whether it is an object with no other members than these."""
        if not self._is_object(raw, location):
            return False
        unknown = sorted(raw.keys() - set(names))
        for name in unknown:
            self.error(f"{location}.{name}", f"Is not one of {', '.join(names)}.")
        return not unknown


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
