"""The lines of the templates of pages: at most 120 columns, see docs/decisions/0062."""

from __future__ import annotations

import re

import pytest

from datacube.local.paths import ROOT

MAX_COLUMNS = 120
# What a line break would change or end: a tag of the template language, and the value of an attribute.
_WHOLE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}")
_VALUE = re.compile(r"""="[^"]*"|='[^']*'|^[^"<>]*"(?=[ >])|="[^"]*$""")


def may_be_broken(line: str) -> bool:
    """Return whether a line has white space, behind its indent, that means as much as a line break."""
    words = _WHOLE.sub(lambda tag: "x" * len(tag[0]), line.strip())
    return " " in _VALUE.sub(lambda value: "x" * len(value[0]), words)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('<a href="/" class="one two">some text</a>', True),
        ('<a href="/"', True),
        ('  href="{% url "page" id %}?name={{ name }} and more"', False),
        ("{% if a %}{{ b }}{% endif %}", False),
        ('content=\'{"a": 1, "b": 2}\'', False),
        ('the end of a title">text</a>', False),
        ('the end of a title">text of a link</a>', True),
    ],
)
def test_where_a_line_may_be_broken(line: str, expected: bool) -> None:
    assert may_be_broken(line) is expected


def test_lines_are_wrapped() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > MAX_COLUMNS and may_be_broken(line)
    ]
    assert long == []
