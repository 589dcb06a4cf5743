"""MongoDB's update operators, from an allow-list: each operand is checked, and what MongoDB computes is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.encoding.json import ancestor_paths, check_document, path_error
from engine.errors import Code, Error, FieldError, Message
from engine.limits import Limits
from engine.query.filter import UNCHECKED_PATTERN, compile_array_filters, compile_condition
from engine.query.regex_guard import RegexUse
from engine.schema.fields import Field
from engine.schema.positional import (
    MATCHED,
    arrays_by_name,
    filter_names,
    is_positional,
    with_indexes,
    without_positions,
)
from engine.schema.schema import COERCED_OPERANDS, Schema, invalid
from engine.schema.types import TYPES, CoercionError
from engine.update.change import CompiledUpdate, stamped

_NUMBERS = frozenset({"number", "decimal128"})
_ORDERED = _NUMBERS | {"string", "boolean", "date", "datetime", "objectid", "timestamp"}
_ARRAYS = frozenset({"array", "json"})
_MOST = 2**31 - 1
_MAX_ARRAY_FILTERS = 100
_NO_ELEMENTS = "A new document has no elements to change; $setOnInsert takes no $, $[] or $[name] in a path."
_TWICE = "The same change does something else to this field, or to one that it lies in."


@dataclass(frozen=True)
class Operators:
    """Does what each operator says, and sets the members that are no operator.

    `$setOnInsert` counts for a document that an upsert makes, and for no other. `array_filters` are the conditions
    of the elements that `$[name]` in a path stands for, None where the caller sent none.
    """

    values: Mapping[str, Any]
    root: str = "update_data"
    array_filters: Any = None
    filters_root: str = "array_filters"

    def compile(self, schema: Schema, *, limits: Limits, actor: str, now: datetime) -> CompiledUpdate:
        """Raises `Invalid` with every error, `TooLarge` past a cap."""
        found = _Compiler(schema, limits=limits, root=self.root, now=now)
        found.compile(self.values)
        array_filters = found.compiled_array_filters(self.array_filters, self.filters_root)
        doubtful = frozenset(found.unchecked_fields) | schema.checked_results(found.locations)
        of_any = {name: values for name, values in found.operators.items() if name != "$setOnInsert"}
        statement = stamped(of_any, actor=actor, now=now)
        # A $pull of what MongoDB gives up on would leave it there.
        checks = [use.always for use in found.regex_uses]
        narrowing = {"$and": checks} if checks else {}
        positional = any(map(is_positional, found.locations))
        return CompiledUpdate(
            statement,
            filter=narrowing,
            unchecked_fields=doubtful,
            insert_part=None if positional else found.operators,
            array_filters=array_filters,
            matched=found.matched,
            positional=positional,
        )


class _Compiler:
    """Walks the operators once, gathering errors; nothing outside the allow-list comes out of it."""

    def __init__(self, schema: Schema, *, limits: Limits, root: str, now: datetime) -> None:
        self.schema = schema
        self.limits = limits
        self.root = root
        self.now = now
        self.operators: dict[str, dict[str, Any]] = {}
        self.locations: dict[str, str] = {}
        self.unchecked_fields: set[str] = set()
        self.matched: dict[str, str] = {}
        self.arrays: dict[str, tuple[str, str]] = {}
        self.regex_uses: list[RegexUse] = []
        self._errors: list[FieldError] = []

    def compile(self, raw: Mapping[str, Any]) -> None:
        count = sum(len(value) if _is_operator(key, value) else 1 for key, value in raw.items())
        most = self.limits.collection_fields
        if not 1 <= count <= most:
            raise invalid([FieldError(self.root, f"Must name from 1 to {most} fields (MAX_COLLECTION_FIELDS).")])
        for key, value in raw.items():
            location = f"{self.root}.{key}"
            if not key.startswith("$"):
                self._member("$set", key, value, location)
            elif key not in _OPERANDS:
                self.error(location, f"The operator {key} is not allowed here.")
            elif type(value) is not dict or not value:
                self.error(location, "Must be an object that names at least one field.")
            else:
                for path, operand in value.items():
                    self._member(key, path, operand, f"{location}.{path}")
        self._refuse_overlaps()
        if self._errors:
            raise invalid(list(dict.fromkeys(self._errors)))

    def error(self, location: str, text: str) -> None:
        self._errors.append(FieldError(location, text))

    def touch(self, path: str, location: str) -> Field | None:
        """Notes that a path is changed; the declared field that it is, if any."""
        text = path_error(with_indexes(path), limits=self.limits)
        if not text:
            text, field = self.schema.locate(path)
        if not text and path.split(".")[1:].count(MATCHED) > 1:
            text = "Only one part of a path may be $."
        if text:
            self.error(location, text)
            return None
        if path in self.locations:
            self.error(location, _TWICE)
        self.locations[path] = location
        for name, array in arrays_by_name(path).items():
            self._use_array(name, array, location)
        return field

    def _use_array(self, name: str, array: str, location: str) -> None:
        """Record that a path has `$` or `$[name]`; one name stands for the elements of one array."""
        if name == MATCHED:
            self.matched[array] = location
        elif self.arrays.setdefault(name, (array, location))[0] != array:
            self.error(location, f"$[{name}] stands for elements of another array already; use another name.")

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
        if not self._errors:
            for name in self.arrays.keys() - dict(arrays):
                self.error(self.arrays[name][1], f"No element of {root} says which elements $[{name}] stands for.")
        if self._errors:
            raise invalid(list(dict.fromkeys(self._errors)))
        return compile_array_filters(raw or [], arrays, self.schema, root=root, limits=self.limits)

    def doubt(self, path: str) -> None:
        self.unchecked_fields.add(path.partition(".")[0])

    def literal(self, value: Any, location: str, *, depth: int) -> Any:
        """A plain value, that lies `depth` levels down and holds no operator."""
        for inner, text in check_document({"": value}, limits=self.limits, depth=min(depth, self.limits.depth)):
            self.error(f"{location}.{inner}" if inner else location, text)
        return value

    def fits(self, field: Field | None, kinds: frozenset[str], name: str, location: str) -> bool:
        """Whether an operator goes with a declared field; what is not declared may be anything."""
        if field is None or ("array" if field.many else field.type) in kinds:
            return True
        self.error(location, Message(f"{name} does not go with a field of type {field.type}.", Code.TYPE))
        return False

    def coerced(self, field: Field | None, value: Any, location: str) -> Any:
        try:
            return value if field is None else field.coerce(value)
        except CoercionError as error:
            self.error(location, str(error))
            return value

    def _member(self, name: str, path: str, operand: Any, location: str) -> None:
        known = len(self._errors)
        field = self.touch(path, location)
        if len(self._errors) > known:
            return
        if name == "$setOnInsert" and is_positional(path):
            self.error(location, _NO_ELEMENTS)
            return
        compile_operand = _OPERANDS[name]
        found = compile_operand(self, operand, name=name, path=path, location=location, field=field)
        if field is not None and field.enum is not None and name not in _COERCING:
            self.doubt(path)
        if name == "$currentDate" and field is None:
            name = "$set"  # where no date is declared, dates are text
        self.operators.setdefault(name, {})[path] = found

    def _refuse_overlaps(self) -> None:
        for path, location in self.locations.items():
            for outer in ancestor_paths(path):
                if outer in self.locations:
                    self.error(self.locations[outer], _TWICE)
                    self.error(location, _TWICE)


def _is_operator(key: str, value: Any) -> bool:
    return key.startswith("$") and type(value) is dict


def _depth(path: str) -> int:
    return path.count(".") + 1


# --- operands: each answers what MongoDB gets --------------------------------------------------------


def _set(at: _Compiler, operand: Any, *, path: str, location: str, field: Field | None, **_: Any) -> Any:
    return at.coerced(field, at.literal(operand, location, depth=_depth(path)), location)


def _unset(at: _Compiler, operand: Any, *, location: str, field: Field | None, **_: Any) -> Any:
    if operand is not True and operand != "" and not (type(operand) is int and operand == 1):
        at.error(location, 'Must be true, 1 or "".')
    if field is not None and field.required:
        at.error(location, Message.required())
    return ""


def _arithmetic(at: _Compiler, operand: Any, *, name: str, path: str, location: str, field: Field | None) -> Any:
    if not at.fits(field, _NUMBERS, name, location):
        return operand
    if name == "$mul" or type(operand) is not int:
        # A sum of whole numbers stays one, or is refused by MongoDB; all else may become infinite.
        at.doubt(path)
    try:
        return TYPES["number" if field is None else field.type](at.literal(operand, location, depth=_depth(path)))
    except CoercionError as error:
        at.error(location, str(error))
        return operand


def _bound(at: _Compiler, operand: Any, *, name: str, path: str, location: str, field: Field | None) -> Any:
    if not at.fits(field, _ORDERED, name, location):
        return operand
    return at.coerced(field, at.literal(operand, location, depth=_depth(path)), location)


def _rename(at: _Compiler, operand: Any, *, path: str, location: str, field: Field | None, **_: Any) -> Any:
    if field is not None and field.required:
        at.error(location, Message.required())
    if type(operand) is not str:
        at.error(location, "Must be the new name.")
        return ""
    if is_positional(path) or is_positional(operand):
        at.error(location, "What is inside elements of arrays cannot be renamed.")
        return ""
    target = at.touch(operand, location)
    if target is None and field is not None and field.type in COERCED_OPERANDS | {"regex"}:
        at.error(location, f"A {field.type} can be renamed to a declared field alone; undeclared fields hold JSON.")
    if target is not None or "." in operand:
        # It may be of another type than declared, or lie deeper than is allowed.
        at.doubt(operand)
    return operand


def _current_date(at: _Compiler, operand: Any, *, name: str, location: str, field: Field | None, **_: Any) -> Any:
    kind = "date" if operand is True else operand.get("$type") if type(operand) is dict else None
    if kind not in ("date", "timestamp") or (type(operand) is dict and len(operand) > 1):
        at.error(location, 'Must be true, {"$type": "date"} or {"$type": "timestamp"}.')
        return operand
    at.fits(field, frozenset({"date", "datetime"} if kind == "date" else {"timestamp"}), name, location)
    if field is not None:
        return {"$type": kind}
    if kind == "timestamp":
        at.error(location, "Declare the field as a timestamp; undeclared fields have the values of JSON alone.")
    return f"{at.now.isoformat(timespec='milliseconds')}Z"


def _push(at: _Compiler, operand: Any, *, name: str, path: str, location: str, field: Field | None) -> Any:
    at.fits(field, _ARRAYS, name, location)
    depth = _depth(path) + 1
    if type(operand) is not dict or not any(key.startswith("$") for key in operand):
        return _elements(at, field, [at.literal(operand, location, depth=depth)], location)[0]
    found = {}
    for key, value in operand.items():
        check = _MODIFIERS[name].get(key)
        if check is None:
            at.error(f"{location}.{key}", f"{key} is not allowed here.")
        else:
            found[key] = check(at, value, f"{location}.{key}", depth)
    if "$each" not in operand:
        at.error(location, "Needs $each beside the others.")
    else:
        found["$each"] = _elements(at, field, found["$each"], f"{location}.$each")
    return found


def _elements(at: _Compiler, field: Field | None, values: list[Any], location: str) -> list[Any]:
    """Those of a reference to many are ids."""
    return at.coerced(field, values, location) if field is not None and field.many else values


def _pull(at: _Compiler, operand: Any, *, name: str, path: str, location: str, field: Field | None) -> Any:
    at.fits(field, _ARRAYS, name, location)
    try:
        array = without_positions(path)
        condition, uses = compile_condition(operand, at.schema, path=array, root=location, limits=at.limits)
        if uses and is_positional(path):
            at.item(location, UNCHECKED_PATTERN)
        at.regex_uses += uses
        return condition
    except Error as error:
        if not error.errors:
            raise
        for item in error.errors:
            at.item(item.field, item.message)
        return operand


def _pop(at: _Compiler, operand: Any, *, name: str, location: str, field: Field | None, **_: Any) -> Any:
    at.fits(field, _ARRAYS, name, location)
    if type(operand) is not int or operand not in (1, -1):
        at.error(location, "Must be 1, for the last element, or -1, for the first.")
    return operand


def _each(at: _Compiler, value: Any, location: str, depth: int) -> Any:
    if type(value) is not list:
        at.error(location, "Must be an array.")
        return []
    return at.literal(value, location, depth=depth - 1)


def _place_in_array(at: _Compiler, value: Any, location: str, depth: int) -> Any:
    if type(value) is not int or not -_MOST <= value <= _MOST:
        at.error(location, f"Must be a whole number from -{_MOST} to {_MOST}.")
    return value


def _order(at: _Compiler, value: Any, location: str, depth: int) -> Any:
    ways = value if type(value) is dict and value else {"": value}
    if any(type(way) is not int or way not in (1, -1) for way in ways.values()):
        at.error(location, "Must be 1 or -1, or an object that gives each field 1 or -1.")
    for path in ways if ways is value else ():
        if text := path_error(path, limits=at.limits):
            at.error(f"{location}.{path}", text)
    return value


_MODIFIERS: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "$push": {"$each": _each, "$slice": _place_in_array, "$position": _place_in_array, "$sort": _order},
    "$addToSet": {"$each": _each},
}
_OPERANDS: Mapping[str, Callable[..., Any]] = {
    "$set": _set,
    "$unset": _unset,
    "$inc": _arithmetic,
    "$mul": _arithmetic,
    "$min": _bound,
    "$max": _bound,
    "$rename": _rename,
    "$currentDate": _current_date,
    "$push": _push,
    "$addToSet": _push,
    "$pull": _pull,
    "$pop": _pop,
    "$setOnInsert": _set,
}
# These give a declared field a value that was checked, or leave it as it is.
_COERCING = frozenset({"$set", "$min", "$max", "$setOnInsert", "$unset"})
UPDATE_OPERATORS = tuple(_OPERANDS)
