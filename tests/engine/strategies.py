"""What the property tests are fed with, and how they compare: by value and by type."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

import engine

# More examples of every property test than the suite has time for: FUZZ_EXAMPLES=2000 ./dev test -m slow
_FUZZ_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))


def examples(count: int) -> int:
    """Return the number of examples of a property test: `count`, or more where FUZZ_EXAMPLES says so."""
    return max(count, _FUZZ_EXAMPLES)


INTEGERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [-0.0, 5e-324, -5e-324, 1.0, 1e22, 2.0**63]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS
NAMES = TEXTS | st.sampled_from(["", " ", "a b", "a$b", "é", "🦉", "0", "_id2", "a-b", "constructor"])
PLAIN_NAMES = NAMES.filter(lambda name: not name.startswith("$") and not set(name) & {".", "\0"})
ODD_NAMES = NAMES | st.sampled_from(["$", "$set", "a.b", ".", "a\0b", "$where"])


def nested(names: st.SearchStrategy[str], leaves: st.SearchStrategy[Any] = SCALARS) -> st.SearchStrategy[Any]:
    """JSON values whose objects have these names."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=12,
    )


VALUES = nested(NAMES)
STORABLE_VALUES = nested(PLAIN_NAMES)
ODD_VALUES = nested(ODD_NAMES)


def same(one: Any, other: Any) -> bool:
    """Equal in value and in JSON type: 1 is not 1.0 is not true, and -0.0 is not 0.0."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int):
        return isinstance(other, int) and one == other
    return type(one) is type(other) and repr(one) == repr(other)


def refusal(kind: type[engine.Error], call: Callable[..., Any], *args: Any, **named: Any) -> engine.Error:
    """The error that a call raises, which tells nothing of MongoDB's own words."""
    with pytest.raises(engine.Error) as caught:
        call(*args, **named)
    problem = caught.value
    assert type(problem) is kind, repr(problem)
    told = " ".join([problem.message, *(fault.message for fault in problem.errors)])
    for word in ("E11000", "errmsg", "mongodb://", "pymongo", "BSON", "codeName", "Location", ".sock", "Traceback"):
        assert word not in told, told
    return problem


def faults(kind: type[engine.Error], call: Callable[..., Any], *args: Any, **named: Any) -> list[tuple[Any, ...]]:
    """The (field, message) or (field, message, index) of every fault that a call is refused for."""
    told = refusal(kind, call, *args, **named).errors
    return [(f.field, f.message) if f.index is None else (f.field, f.message, f.index) for f in told]
