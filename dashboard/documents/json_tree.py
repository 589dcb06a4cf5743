"""Documents as collapsible JSON trees. Deep and long parts are loaded when they are opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import engine
from engine.encoding import dumps

PAGE = 100
_OPEN_DEPTH = 3
_OPEN_MEMBERS = 20
_MAX_NODES = 300
_MAX_TEXT = 1_000
_KINDS = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}


@dataclass
class Node:
    """A member: a value as text, or an object or array with its children.

    `query` is the address of omitted parts: the children, or the rest of a long text.
    """

    key: str
    kind: str
    text: str = ""
    count: int = 0
    children: list[Node] = field(default_factory=list)
    query: str = ""

    @property
    def is_container(self) -> bool:
        return self.kind in ("object", "array")


def tree(value: Any) -> list[Node]:
    """Return the members of a document in JSON's own types. Nested members are included up to a limit."""
    budget = _Budget(_MAX_NODES)
    return [*_members(value, (), start=0, budget=budget, depth=0)]


def part(value: Any, keys: Sequence[str], *, start: int) -> list[Node]:
    """Return the members at a path, from a start position; a long text as one node.

    Raises `NotFound` if the document has no such path, or another value there.
    """
    for key in keys:
        value = _child(value, key)
    if type(value) is str:
        return [Node("", "string", dumps(value).decode())]
    if type(value) not in (dict, list):
        raise _no_such_path()
    return [*_members(value, tuple(keys), start=start, budget=_Budget(_MAX_NODES), depth=1)]


@dataclass
class _Budget:
    left: int


def _members(value: Any, keys: tuple[str, ...], *, start: int, budget: _Budget, depth: int) -> Iterator[Node]:
    pairs = [*value.items()] if type(value) is dict else [(str(at), item) for at, item in enumerate(value)]
    for key, item in pairs[start : start + PAGE]:
        yield _node(key, item, (*keys, key), quoted=type(value) is dict, budget=budget, depth=depth)
    left = len(pairs) - start - PAGE
    if left > 0:
        yield Node("", "more", count=left, query=_address(keys, start + PAGE))


def _node(key: str, value: Any, keys: tuple[str, ...], *, quoted: bool, budget: _Budget, depth: int) -> Node:
    label = dumps(key).decode() if quoted else key
    budget.left -= 1
    if type(value) not in (dict, list):
        text = dumps(value).decode()
        if len(text) <= _MAX_TEXT:
            return Node(label, _KINDS.get(type(value), "string"), text)
        return Node(label, "long", f"{text[:_MAX_TEXT]}…", count=len(value), query=_address(keys, 0))
    node = Node(label, "object" if type(value) is dict else "array", count=len(value))
    if not value:
        return node
    if depth < _OPEN_DEPTH and len(value) <= _OPEN_MEMBERS and budget.left > len(value):
        node.children = [*_members(value, keys, start=0, budget=budget, depth=depth + 1)]
    else:
        node.query = _address(keys, 0)
    return node


def _child(value: Any, key: str) -> Any:
    if type(value) is dict and key in value:
        return value[key]
    if type(value) is list and key.isascii() and key.isdigit() and len(key) < 10 and int(key) < len(value):
        return value[int(key)]
    raise _no_such_path()


def _no_such_path() -> engine.Error:
    return engine.NotFound("The document has no such path.")


def _address(keys: tuple[str, ...], start: int) -> str:
    return urlencode([("key", key) for key in keys] + [("from", str(start))])
