"""The parts of statements that are simple enough to be read: what they select, from which tables, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.sql.running.tokens import SqlToken, Tokens, at_depth_0, split, tokens_of

_UNREADABLE = ("[", "`", "/*")  # names in these are not read here; a comment without end
_VERBS = ("SELECT", "UPDATE", "DELETE", "INSERT", "REPLACE", "WITH", "VALUES")
_READ_VERBS = (["SELECT"], ["UPDATE"], ["DELETE"], ["INSERT", "SELECT"])
_ENDS = ("GROUP", "ORDER", "LIMIT", "HAVING", "WINDOW", "RETURNING", "UNION", "INTERSECT", "EXCEPT", ";")
_UNSPLITTABLE = ("OR", "CASE", "ESCAPE")
# What stands before JOIN; it cannot be the name of a table there.
_JOINS = ("LEFT", "RIGHT", "FULL", "OUTER", "INNER", "CROSS")
_UNCLEAR_NAMES = ("NATURAL", "USING", "CONFLICT")
_PAIR = 2


@dataclass(frozen=True)
class StatementShape:
    """A statement without queries in it. `tables` are names of tables by those that they have in it, in lower case.

    `conditions` are the parts that AND joins, or one part where other words may join several. `ending` is what
    follows them.
    """

    verb: str
    selected: Tokens
    tables: Mapping[str, str]
    conditions: Sequence[Tokens]
    ending: Tokens


def shape_of(statement: str) -> StatementShape | None:
    """Return the shape of a statement; None for one that is not simple. An INSERT has that of its query."""
    tokens = tokens_of(statement)
    words = [token.upper for token in tokens]
    verbs = [word for word in words if word in _VERBS]
    if verbs not in _READ_VERBS or any(word in (*_UNREADABLE, *_UNCLEAR_NAMES) for word in words):
        return None
    body = tokens[words.index(verbs[-1]) :]
    outer = {place: token.upper for place, token in at_depth_0(body)}
    wheres = [place for place, word in outer.items() if word == "WHERE"]
    if words.count("WHERE") != len(wheres) or len(wheres) > 1:
        return None
    end = next((place for place, word in outer.items() if word in _ENDS), len(body))
    start = min(wheres[0] if wheres else end, end)
    tables = _tables(body[:start], verbs[-1])
    conditions = _conjunction(body[start + 1 : end]) if wheres else []
    selected = body[1 : [*words[words.index(verbs[-1]) :], "FROM"].index("FROM")]
    return StatementShape(verbs[0], selected, tables, conditions, body[end:]) if tables else None


def _tables(before: Tokens, verb: str) -> dict[str, str] | None:
    """Return the tables that are named before the conditions; None where they are not simply named."""
    words = [token.upper for token in before]
    if verb == "UPDATE":
        name = before[1].name if len(before) > _PAIR and words[1] != "OR" else None
        return {name: name} if name and "FROM" not in words else None
    if words.count("FROM") != 1:
        return None
    parts = split(before[words.index("FROM") + 1 :], (",", "JOIN"))
    named = [_named(part, is_alone=len(parts) == 1) for part in parts]
    tables = {alias: name for pair in named if pair for name, alias in [pair]}
    if len(parts) == 1:
        tables |= {name: name for name in tables.values()}
    is_simple = None not in named and len({*tables.values()}) == len(parts)
    return tables if is_simple and (len(parts) == 1 or len(tables) == len(parts)) else None


def _named(part: list[SqlToken], *, is_alone: bool) -> tuple[str, str] | None:
    """Return the name and the other name of a table: `t`, `t a` or `t AS a`, then `ON …` and words of a join."""
    words = [token.upper for token in part]
    if not is_alone:
        while words and words[-1] in _JOINS:
            words.pop()
        part = part[: [*words, "ON"].index("ON")]
    if len(part) == _PAIR + 1 and words[1] == "AS":
        part = [part[0], part[2]]
    names = [token.name for token in part]
    if not names or len(names) > _PAIR or None in names or (len(part) > 1 and part[1].upper in ("AS", "NOT")):
        return None
    return names[0] or "", names[-1] or ""


def _conjunction(tokens: Tokens) -> list[Tokens]:
    """Return the parts that AND joins, of which BETWEEN has one of its own."""
    if any(token.upper in _UNSPLITTABLE for _, token in at_depth_0(tokens)):
        return [tokens]
    parts: list[Tokens] = []
    for piece in split(tokens, ("AND",)):
        is_rest = parts and _is_between(parts[-1])
        parts[-1:] = [[*parts[-1], _AND, *piece]] if is_rest else [*parts[-1:], piece]
    return parts


_AND = SqlToken("word", "AND")


def _is_between(part: Tokens) -> bool:
    """Return whether a part has a BETWEEN whose AND has not been read."""
    words = [token.upper for _, token in at_depth_0(part)]
    return words.count("BETWEEN") > words.count("AND")
