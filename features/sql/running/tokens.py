"""The tokens of a statement, as far as its simple conditions and orders need them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_TOKEN = re.compile(
    r"""[ \t\n\f\r]+|--[^\n]*|/\*.*?\*/
    |(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")
    |(?P<number>[0-9]+(?![\w.]))|(?P<word>[^\W\d]\w*)
    |(?P<sign>/\*|<=|>=|<>|!=|==|\|\||->>?|.)""",
    re.VERBOSE | re.DOTALL,
)


class SqlToken(NamedTuple):
    """A part of a statement: `kind` is text, quoted, number, word or sign."""

    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind in ("word", "sign") else ""

    @property
    def name(self) -> str | None:
        """The name that it may be, in lower case."""
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"').lower()
        return self.text.lower() if self.kind == "word" else None


Tokens = Sequence[SqlToken]


def tokens_of(statement: str) -> list[SqlToken]:
    """Return the tokens without spaces and comments."""
    matches = _TOKEN.finditer(statement)
    return [SqlToken(match.lastgroup, match[0]) for match in matches if match.lastgroup]


def at_depth_0(tokens: Tokens) -> Iterator[tuple[int, SqlToken]]:
    """Yield the tokens outside of brackets, with their places. Brackets are not among them."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += token.upper == "("
        if depth == 0:
            yield place, token
        depth -= token.upper == ")"


def split(tokens: Tokens, separators: Sequence[str]) -> list[list[SqlToken]]:
    """Return the parts between words or signs that are outside of brackets."""
    places = [place for place, token in at_depth_0(tokens) if token.upper in separators]
    starts, ends = [0, *(place + 1 for place in places)], [*places, len(tokens)]
    return [[*tokens[start:end]] for start, end in zip(starts, ends, strict=True)]
