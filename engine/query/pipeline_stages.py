"""Stages of a pipeline that nest no other pipeline and read no other collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.encoding.shape import path_error
from engine.query.expressions import ACCUMULATORS, ExpressionChecker
from engine.schema.schema import Schema


class StageChecker(ExpressionChecker):
    """Stages of one pipeline, each checked by a method of its own."""

    def _shape(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        """Check the body of $project, $set and $addFields: a path to an expression, or to 0, 1, true, false."""
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
            self.error(f"{location}._id", "Required: what to group by, or null for all documents.")
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
        for name in sorted(raw.keys() & {"groupBy", "boundaries", "default"}):
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

    def _replace_root(self, raw: Any, location: str, *, schema: Schema, depth: int) -> Any:
        if self._members(raw, location, "newRoot"):
            self.expression(raw.get("newRoot"), f"{location}.newRoot", depth=depth + 1)
        return raw

    def _optional_path(self, raw: Mapping[str, Any], name: str, location: str) -> None:
        if name in raw:
            self.path(raw[name], f"{location}.{name}")

    def _object_member(self, raw: Mapping[str, Any], name: str, location: str) -> Mapping[str, Any]:
        member = raw.get(name, {})
        return member if self._is_object(member, f"{location}.{name}") else {}

    def _is_object(self, raw: Any, location: str) -> bool:
        if type(raw) is not dict:
            self.error(location, "Must be an object.")
        return type(raw) is dict

    def _members(self, raw: Any, location: str, *names: str) -> bool:
        """Return whether it is an object with no other members than these."""
        if not self._is_object(raw, location):
            return False
        unknown = sorted(raw.keys() - set(names))
        for name in unknown:
            self.error(f"{location}.{name}", f"Is not one of {', '.join(names)}.")
        return not unknown
