"""Tests do not depend on speed: an upper bound on elapsed time is a guard against hanging, and no shorter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from datacube.local.paths import ROOT

MIN_GUARD_SECONDS = 20
# CPU time (`process_time`) is not among them: a busy machine does not add to it.
CLOCKS = {"monotonic", "perf_counter", "time"}
# Calls that fail when something takes longer than an argument: its position, and its name.
GUARDS = {
    "timeout": (0, "delay"),
    "wait_for": (1, "timeout"),
    "until": (None, "seconds"),
    "_eventually": (None, "within"),
    "result": (0, "timeout"),
    "join": (None, "timeout"),
    "recv": (None, "timeout"),
    "create_connection": (1, "timeout"),
}
# Programs that measure, and are run by hand.
MEASURING = ("drill", "faults", "bench")


def bounds(source: str) -> Iterator[tuple[int, float]]:
    """Yield the line and the seconds of each upper bound on elapsed time that is shorter than a guard."""
    for node in ast.walk(ast.parse(source)):
        for limit in _limits(node):
            seconds = limit.value if isinstance(limit, ast.Constant) else None
            if isinstance(seconds, int | float) and 0 < seconds < MIN_GUARD_SECONDS:
                yield node.lineno, seconds


def _limits(node: ast.AST) -> Iterator[ast.expr | None]:
    if isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.Call):
        yield from _awaited(node)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _is_clock(node.left):
        yield node.right  # the end of a loop
    elif isinstance(node, ast.FunctionDef) and node.name in GUARDS:
        defaults = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        yield from (default for argument, default in defaults if argument.arg == GUARDS[node.name][1])


def _compared(node: ast.Compare) -> Iterator[ast.expr]:
    """Yield what elapsed time must be less than."""
    operands = [node.left, *node.comparators]
    for index, operator in enumerate(node.ops):
        left, right = operands[index], operands[index + 1]
        if isinstance(operator, ast.Lt | ast.LtE) and _is_elapsed(left):
            yield right
        if isinstance(operator, ast.Gt | ast.GtE) and _is_elapsed(right):
            yield left


def _is_elapsed(node: ast.expr) -> bool:
    """Return whether an expression is a time since another one, such as `time.monotonic() - began`, or its name."""
    if isinstance(node, ast.Name):
        return node.id in ("elapsed", "took", "waited")
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "abs":
        return any(map(_is_clock, ast.walk(node.args[0])))
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and _is_clock(node.left)


def _is_clock(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    return (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in CLOCKS


def _awaited(node: ast.Call) -> Iterator[ast.expr]:
    """Yield the time after which a call fails."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    position, keyword = GUARDS.get(name, (None, ""))
    yield from (item.value for item in node.keywords if item.arg == keyword)
    if position is not None and len(node.args) > position:
        yield node.args[position]


def _files() -> list[Path]:
    return [path for path in (ROOT / "tests").rglob("*.py") if path.relative_to(ROOT).parts[1] not in MEASURING]


@pytest.mark.slow  # it parses all tests
def test_no_test_depends_on_speed() -> None:
    """Mend one by an order of events, by recorded times, or by a guard of `MIN_GUARD_SECONDS`."""
    short = {
        f"{path.relative_to(ROOT)}:{line}": seconds
        for path in _files()
        for line, seconds in bounds(path.read_text())
    }
    assert short == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("assert time.monotonic() - began < 2", [2]),
        ("assert 0.1 < time.perf_counter() - began <= 1.5", [1.5]),
        ("assert 3 > monotonic() - began", [3]),
        ("assert took < 5", [5]),
        ("assert abs(answered - time.time()) < 5", [5]),
        ("deadline = time.monotonic() + 5", [5]),
        ("def until(check, *, seconds=7, every=0.1): ...", [7]),
        ("asyncio.timeout(10)", [10]),
        ("asyncio.wait_for(work, 4)", [4]),
        ("until(check, seconds=3)", [3]),
        ("future.result(timeout=1)", [1]),
        ("thread.join(timeout=2)", [2]),
        ("assert time.monotonic() - began < 20", []),
        ("assert time.monotonic() - began >= 0.5", []),
        ("assert time.process_time() - began < 5", []),
        ("asyncio.timeout(60); ' '.join(5 for _ in ())", []),
    ],
)
def test_what_is_a_bound(source: str, found: list[float]) -> None:
    assert [seconds for _, seconds in bounds(source)] == found
