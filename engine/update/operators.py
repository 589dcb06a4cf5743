"""Update operators, compiled from an allow-list: each operand is checked, and computed fields are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from engine.encoding.shape import ancestor_paths
from engine.errors import FieldError, invalid
from engine.limits import Limits
from engine.query.filter import compile_array_filters
from engine.schema.positional import (
    filter_names,
    is_positional,
)
from engine.schema.schema import Schema
from engine.update.change import CompiledUpdate, stamped
from engine.update.operands import OPERANDS
from engine.update.state import OVERLAP, UpdateState

_MAX_ARRAY_FILTERS = 100
_NO_ELEMENTS = "A new document has no elements to change; $setOnInsert takes no $, $[] or $[name] in a path."


@dataclass(frozen=True)
class Operators:
    """Applies update operators, and sets the members that are no operator.

    `$setOnInsert` applies to the document that an upsert inserts. `array_filters` are the conditions of the
    elements that `$[name]` in a path stands for, None where the caller sent none.
    """

    values: Mapping[str, Any]
    root: str = "update_data"
    array_filters: Any = None
    filters_root: str = "array_filters"
    replaces: ClassVar[bool] = False

    def compile(self, schema: Schema, *, limits: Limits, actor: str, now: datetime) -> CompiledUpdate:
        """Compile the operators. Raises `Invalid` with every error, `TooLarge` past a cap."""
        compiler = _Compiler(schema, limits=limits, root=self.root, now=now)
        compiler.compile(self.values)
        array_filters = compiler.compiled_array_filters(self.array_filters, self.filters_root)
        unchecked = frozenset(compiler.unchecked_fields) | schema.checked_results(compiler.locations)
        operators = {name: values for name, values in compiler.operators.items() if name != "$setOnInsert"}
        statement = stamped(operators, actor=actor, now=now)
        # A $pull of what MongoDB gives up on would leave it there.
        checks = [use.always for use in compiler.regex_uses]
        filter = {"$and": checks} if checks else {}
        positional = any(map(is_positional, compiler.locations))
        return CompiledUpdate(
            statement,
            filter=filter,
            unchecked_fields=unchecked,
            insert_part=None if positional else compiler.operators,
            array_filters=array_filters,
            matched=compiler.matched,
            positional=positional,
        )


class _Compiler(UpdateState):
    """Compiles the operators once and collects errors. Nothing outside the allow-list comes out of it."""

    def compile(self, raw: Mapping[str, Any]) -> None:
        count = sum(len(value) if _is_operator(key, value) else 1 for key, value in raw.items())
        max_fields = self.limits.collection_fields
        if not 1 <= count <= max_fields:
            raise invalid(
                [FieldError(self.root, f"Must name from 1 to {max_fields} fields (MAX_COLLECTION_FIELDS).")]
            )
        for key, value in raw.items():
            location = f"{self.root}.{key}"
            if not key.startswith("$"):
                self._member("$set", key, value, location)
            elif key not in OPERANDS:
                self.error(location, f"The operator {key} is not allowed here.")
            elif type(value) is not dict or not value:
                self.error(location, "Must be an object that names at least one field.")
            else:
                for path, operand in value.items():
                    self._member(key, path, operand, f"{location}.{path}")
        self._refuse_overlaps()
        if self.errors:
            raise invalid(list(dict.fromkeys(self.errors)))

    def compiled_array_filters(self, raw: Any, root: str) -> list[dict[str, Any]]:
        """Return the array filters as MongoDB gets them. Each name in a path has one, and each is used."""
        if raw is not None and (type(raw) is not list or len(raw) > _MAX_ARRAY_FILTERS):
            raise invalid([FieldError(root, f"Must be an array of at most {_MAX_ARRAY_FILTERS} objects.")])
        arrays: list[tuple[str, str]] = []
        for index, item in enumerate(raw or []):
            names = filter_names(item)
            name = next(iter(names)) if len(names) == 1 else ""
            if not name:
                text = "Must be an object whose conditions all begin with one name, as in $[name]."
            elif name not in self.arrays:
                text = f"No path has $[{name}]."
            elif any(name == other for other, _ in arrays):
                text = f"There is another filter for $[{name}]; join them with $and."
            else:
                text = ""
                arrays.append((name, self.arrays[name][0]))
            if text:
                self.error(f"{root}.{index}", text)
        if not self.errors:
            for name in sorted(self.arrays.keys() - dict(arrays)):
                self.error(self.arrays[name][1], f"No element of {root} says which elements $[{name}] stands for.")
        if self.errors:
            raise invalid(list(dict.fromkeys(self.errors)))
        return compile_array_filters(raw or [], arrays, self.schema, root=root, limits=self.limits)

    def _member(self, name: str, path: str, operand: Any, location: str) -> None:
        known = len(self.errors)
        field = self.touch(path, location)
        if len(self.errors) > known:
            return
        if name == "$setOnInsert" and is_positional(path):
            self.error(location, _NO_ELEMENTS)
            return
        compile_operand = OPERANDS[name]
        compiled = compile_operand(self, operand, name=name, path=path, location=location, field=field)
        if field is not None and field.enum is not None and name not in _COERCING:
            self.mark_unchecked(path)
        if name == "$currentDate" and field is None:
            name = "$set"  # where no date is declared, dates are text
        self.operators.setdefault(name, {})[path] = compiled

    def _refuse_overlaps(self) -> None:
        for path, location in self.locations.items():
            for outer in ancestor_paths(path):
                if outer in self.locations:
                    self.error(self.locations[outer], OVERLAP)
                    self.error(location, OVERLAP)


def _is_operator(key: str, value: Any) -> bool:
    return key.startswith("$") and type(value) is dict


# These give a declared field a value that was checked, or leave it as it is.
_COERCING = frozenset({"$set", "$min", "$max", "$setOnInsert", "$unset"})
UPDATE_OPERATORS = tuple(OPERANDS)
