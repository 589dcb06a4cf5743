"""Templates of mails: values are escaped, lines stay lines, nothing is run."""

from __future__ import annotations

from typing import Any

import pytest

from mailing.templates import as_text, filled, filled_line


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("<p>{{name}}</p>", {"name": "Joe"}, "<p>Joe</p>"),
        ("{{ person.name }}", {"person": {"name": "Joe"}}, "Joe"),
        ("{{name}}", {"name": "<script>\"'&"}, "&lt;script&gt;&quot;&#x27;&amp;"),
        ("{{a}}{{b.c}}{{d}}", {"b": 1, "d": None}, ""),
        ("{{n}} {{yes}}", {"n": 1.5, "yes": True}, "1.5 true"),
        ("{{a.__class__}}{{a.0}}", {"a": "x"}, ""),
        ("{{name}}", {"name": "{{other}}", "other": "x"}, "{{other}}"),
        ("{% now %} {{ 1 + 1 }}", {}, "{% now %} {{ 1 + 1 }}"),
    ],
)
def test_filled(template: str, values: dict[str, Any], expected: str) -> None:
    assert filled(template, values) == expected


def test_a_subject_stays_one_line() -> None:
    assert filled_line("Hello {{name}}", {"name": "Joe\r\nBcc: x@example.com"}) == "Hello Joe Bcc: x@example.com"


def test_the_text_of_html() -> None:
    assert as_text("<style>a{}</style><p>Hello &amp; welcome</p><p>Joe</p>") == "Hello & welcome\nJoe"
