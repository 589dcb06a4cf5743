"""The output of the check, and what the check itself may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.functions.diagnostics import Diagnostic, diagnostics_of, parse
from tests.features.functions.support import require_deno

OUTPUT = """Check function.ts
TS2322 [ERROR]: Type 'number' is not assignable to type 'string'.
const x: string = 3;
      ^
    at file:///tmp/a/function.ts:1:59

TS2304 [ERROR]: Cannot find name 'y'.
y
^
    at file:///tmp/a/function.ts:2:1

Found 2 errors.

error: Type checking failed.
"""
SYNTAX = """error: Expected ';', '}' or <eof>
  |
1 | export default a b
  |                  ~
    at file:///tmp/a/function.ts:1:18
"""


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", []),
        (
            OUTPUT,
            [
                Diagnostic("TS2322", "Type 'number' is not assignable to type 'string'.", 1, 59),
                Diagnostic("TS2304", "Cannot find name 'y'.", 2, 1),
            ],
        ),
        (SYNTAX, [Diagnostic("", "Expected ';', '}' or <eof>", 1, 18)]),
    ],
)
def test_output_is_parsed(output: str, expected: list[Diagnostic]) -> None:
    assert parse(output) == expected


@pytest.mark.slow
def test_the_check_reads_no_other_file(tmp_path: Path) -> None:
    require_deno()
    secret = tmp_path / "secret.json"
    secret.write_text('{"password": "hunter2"}')
    source = f'import secret from "{secret}" with {{ type: "json" }};\nexport default () => secret.password;\n'
    assert "hunter2" not in str(diagnostics_of(source))
    assert "password" not in str(diagnostics_of(source))
