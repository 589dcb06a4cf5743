"""Templates of mails: values are escaped, lines stay lines, nothing is executed."""

from __future__ import annotations

import time
from typing import Any

import pytest

import engine
from features.mail.templates import as_text, render, render_line, sample_values


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
def test_render(template: str, values: dict[str, Any], expected: str) -> None:
    assert render(template, values, max_bytes=100) == expected


def test_a_subject_stays_one_line() -> None:
    name = "Joe\r\n\x9bBcc: x@example.com"
    assert render_line("Hello {{name}}", {"name": name}, max_bytes=100) == "Hello Joe Bcc: x@example.com"


@pytest.mark.parametrize(
    ("template", "fits"),
    [
        ("{{a}}" * 2, True),
        ("{{a}}" * 2 + "x", False),
        ("x" * 20, True),
        ("x" * 21, False),
        ("{{a}}" * 10**6, False),
    ],
)
def test_the_size_is_limited(template: str, fits: bool) -> None:
    for fill in (render, render_line):
        if fits:
            assert len(fill(template, {"a": "ü" * 5}, max_bytes=20).encode()) == 20
        else:
            with pytest.raises(engine.TooLarge, match="gives more than 20 bytes"):
                fill(template, {"a": "ü" * 5}, max_bytes=20)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<style>a{}</style><p>Hello &amp; welcome</p><p>Joe</p>", "Hello & welcome\nJoe"),
        ("a<SCRIPT x='1'>b</Script >c<style>d</style>e", "ace"),
        ("a<script>b<style>c</style>d", "a"),
        ("a<scripted>b</scripted><br/>c<BR>d</li>e", "ab\nc\nd\ne"),
        ("1 < 2 & 3 > 2 <", "1  2 <"),
    ],
)
def test_text_of_html(markup: str, text: str) -> None:
    assert as_text(markup) == text


@pytest.mark.parametrize(
    "part", ["<", "<script", "<br", "<style>", "</script", "<br ", "<script></script", "&", "{{"]
)
def test_text_of_unclosed_elements_takes_linear_time(part: str) -> None:
    """Half a megabyte; quadratic time would take minutes."""
    began = time.process_time()
    as_text(part * (500_000 // len(part)))
    render(part * (500_000 // len(part)), {}, max_bytes=10**6)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("templates", "values"),
    [
        (("", ""), {}),
        (
            ("Hello {{ name }}", "{{name}} of {{company.name}}"),
            {"name": "name", "company": {"name": "company.name"}},
        ),
        (("{{a}} {{a.b}}",), {"a": "a"}),
        (("{{a.b}} {{a}}",), {"a": {"b": "a.b"}}),
        (("{{a.b.c}} {{a.b.d}}",), {"a": {"b": {"c": "a.b.c", "d": "a.b.d"}}}),
    ],
)
def test_sample_values(templates: tuple[str, ...], values: dict) -> None:
    assert sample_values(*templates) == values
