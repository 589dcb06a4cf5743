"""Template tags and filters of the dashboard."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone as django_timezone

from dashboard.templatetags import dashboard as tags

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ICONS = Path("static/dashboard/icons.svg")


def rendered(source: str, **context: Any) -> str:
    text = Template("{% load dashboard %}" + source).render(Context(context))
    return " ".join(text.split())


@pytest.fixture
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_timezone, "now", lambda: NOW)


@pytest.mark.parametrize("debug", [True, False])
def test_an_asset_has_the_hash_of_its_content(settings: Any, debug: bool) -> None:
    settings.DEBUG = debug
    digest = hashlib.sha256((settings.BASE_DIR / ICONS).read_bytes()).hexdigest()[:10]
    assert tags.asset("dashboard/icons.svg") == f"/static/dashboard/icons.svg?v={digest}"
    assert tags.asset("dashboard/absent.css") == "/static/dashboard/absent.css?v=0"


def test_an_icon_is_escaped() -> None:
    asset = tags.asset("dashboard/icons.svg")
    assert tags.icon('x"><script>') == (
        '<svg class="icon" aria-hidden="true" focusable="false">'
        f'<use href="{asset}#x&quot;&gt;&lt;script&gt;"></use></svg>'
    )


class SampleForm(forms.Form):
    """One field with a help text and one without."""

    name = forms.CharField(label="Your <name>", help_text="As on the card.")
    note = forms.CharField(required=False)


@pytest.mark.parametrize(
    ("data", "name", "parts", "absent"),
    [
        (None, "name", ['aria-describedby="id_name_help"', 'id="id_name_help"'], ["aria-invalid", "(optional)"]),
        (None, "note", ["(optional)", 'for="id_note"'], ["aria-describedby", "aria-invalid", "<p"]),
        (
            {},
            "name",
            [
                'aria-describedby="id_name_help id_name_error"',
                'aria-invalid="true"',
                'role="alert">This field is required.</p>',
                "Your &lt;name&gt;</label>",
            ],
            [],
        ),
    ],
)
def test_a_field_names_its_descriptions(
    data: dict[str, str] | None, name: str, parts: list[str], absent: list[str]
) -> None:
    html = rendered(f"{{% field form.{name} 'wide' %}}", form=SampleForm(data))
    assert [part for part in ['<div class="wide">', *parts] if part not in html] == []
    assert [part for part in absent if part in html] == []


def test_an_empty_state_has_its_text_on_one_line() -> None:
    html = rendered(
        "{% empty_state icon='x' title=title %}\n  Add <b>{{ name }}</b>\n  first.\n{% endempty_state %}",
        title="No <keys>",
        name="<i>",
    )
    assert "<h2>No &lt;keys&gt;</h2>" in html
    assert '<p class="muted mt-1">Add <b>&lt;i&gt;</b> first.</p>' in html


CONFIRM = (
    "{% confirm id='drop' title='Drop?' button='Drop' action='/x' expect=expect password=password %}\n It\n goes.\n"
)


@pytest.mark.parametrize(
    ("expect", "password", "parts", "absent"),
    [
        ("", False, ['<button class="btn btn-error" >Drop</button>'], ["data-expect", "disabled", "password"]),
        ("<db>", False, ['data-expect="&lt;db&gt;"', "data-confirm-button disabled>Drop"], ['type="password"']),
        ("", True, ['<input id="drop-password" name="password" type="password"'], ["data-expect", "disabled"]),
    ],
)
def test_a_dialog_asks_for_what_its_options_say(
    expect: str, password: bool, parts: list[str], absent: list[str]
) -> None:
    request = RequestFactory().get("/")
    html = rendered(CONFIRM + "{% endconfirm %}", request=request, expect=expect, password=password)
    common = ['<dialog id="drop"', 'action="/x"', "csrfmiddlewaretoken", ">It goes.</p>", ">Drop?</h2>"]
    assert [part for part in [*common, *parts] if part not in html] == []
    assert [part for part in absent if part in html] == []


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        (0, "0 bytes"),
        (1, "1 byte"),
        (2, "2 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (1_500_000, "1.5 MB"),
        (99_900, "99.9 kB"),
        (99_949, "99.9 kB"),
        (99_960, "100 kB"),
        (100_000, "100 kB"),
        (999_499, "999 kB"),
        (999_950, "1.0 MB"),
        (1_000_000, "1.0 MB"),
        (2.5e9, "2.5 GB"),
        (10**12, "1.0 TB"),
        (10**15, "1000 TB"),
    ],
)
def test_sizes(number: float | None, text: str) -> None:
    assert tags.size(number) == text


@pytest.mark.parametrize(
    ("number", "text"), [(None, "–"), (0, "0"), (999, "999"), (1_234_567, "1,234,567"), (-1000, "-1,000")]
)
def test_counts(number: int | None, text: str) -> None:
    assert tags.count(number) == text


@pytest.mark.parametrize(
    ("number", "word", "text"),
    [
        (1, "document", "1 document"),
        (0, "document", "0 documents"),
        (1_000, "document", "1,000 documents"),
        (1, "entry|entries", "1 entry"),
        (2, "entry|entries", "2 entries"),
    ],
)
def test_counts_with_a_noun(number: int, word: str, text: str) -> None:
    assert tags.plural(number, word) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Must be a number. (age, row 0)", "Must be a number. (age, row 1)"),
        ("Must be a number. (row 99)", "Must be a number. (row 100)"),
        ("(row 1) Must be text. (row 9)", "(row 1) Must be text. (row 10)"),
        ("row 3", "row 3"),
        ("(row 3).", "(row 3)."),
        ("(arrow 3)", "(arrow 3)"),
        ("(row x)", "(row x)"),
        ("", ""),
    ],
)
def test_rows_are_counted_from_one(text: str, expected: str) -> None:
    assert tags.from_one(text) == expected


def test_members_and_actors() -> None:
    assert (tags.member({"_id": 5}, "_id"), tags.member({}, "_id")) == (5, None)
    assert (tags.actor("u7", {"u7": "Zoë"}), tags.actor("k1", {"u7": "Zoë"})) == ("Zoë", "k1")


def test_surfaces() -> None:
    assert (tags.surface("data"), tags.surface("communibase")) == ("the data API", "communibase")


@pytest.mark.parametrize(
    ("value", "typed", "json", "pretty"),
    [
        ("é <b>", "é <b>", '"é <b>"', '"é <b>"'),
        ("", "", '""', '""'),
        ("5", "5", '"5"', '"5"'),
        (5, "5", "5", "5"),
        (None, "null", "null", "null"),
        (True, "true", "true", "true"),
        ([1, "a"], '[1,"a"]', '[1,"a"]', '[\n  1,\n  "a"\n]'),
        ({"a": {}}, '{"a":{}}', '{"a":{}}', '{\n  "a": {}\n}'),
        (ObjectId("507f1f77bcf86cd799439011"), *['"507f1f77bcf86cd799439011"'] * 3),
        (date(2026, 1, 2), *['"2026-01-02"'] * 3),
    ],
)
def test_values_as_text(value: Any, typed: str, json: str, pretty: str) -> None:
    assert (tags.typed(value), tags.json(value), tags.pretty(value)) == (typed, json, pretty)


def test_json_in_an_attribute_is_escaped() -> None:
    assert rendered('<i data-x="{{ value|json }}">', value={"a": "'<"}) == (
        '<i data-x="{&quot;a&quot;:&quot;&#x27;&lt;&quot;}">'
    )


@pytest.mark.parametrize(
    ("seconds", "label", "minute_label"),
    [
        (0, "just now", "less than a minute ago"),
        (4.9, "just now", "less than a minute ago"),
        (5, "5 seconds ago", "less than a minute ago"),
        (59, "59 seconds ago", "less than a minute ago"),
        (60, "1 minute ago", "1 minute ago"),
        (3_599, "59 minutes ago", "59 minutes ago"),
        (3_600, "1 hour ago", "1 hour ago"),
        (86_400, "1 day ago", "1 day ago"),
        (172_799, "1 day ago", "1 day ago"),
        (29 * 86_400, "29 days ago", "29 days ago"),
        (30 * 86_400, "1 month ago", "1 month ago"),
        (730 * 86_400, "2 years ago", "2 years ago"),
        (-4.9, "just now", "just now"),
        (-59.9, "in 1 minute", "in 1 minute"),
        (-3_599.9, "in 1 hour", "in 1 hour"),
        (-7 * 86_400 + 0.1, "in 7 days", "in 7 days"),
    ],
)
def test_the_time_since_or_until(fixed_clock: None, seconds: float, label: str, minute_label: str) -> None:
    timestamp = NOW - timedelta(seconds=seconds)
    assert f">{label}</time>" in tags.ago(timestamp)
    assert f">{minute_label}</time>" in tags.ago(timestamp, "minute")
    assert tags.ago(timestamp.replace(tzinfo=None)) == tags.ago(timestamp)


def test_a_relative_time_has_the_exact_one_in_utc(fixed_clock: None) -> None:
    timestamp = datetime(2026, 1, 1, 12, 59, 30, 999, tzinfo=timezone(timedelta(hours=1)))
    assert tags.ago(timestamp, "minute") == (
        '<time datetime="2026-01-01T11:59:30+00:00" title="2026-01-01 11:59:30 (UTC)" data-local>'
        "less than a minute ago</time>"
    )
    assert tags.ago(None) == "never"


@pytest.mark.parametrize(
    ("style", "text"),
    [("day", "2025-12-31"), ("time", "23:05 UTC"), ("minute", "2025-12-31 23:05 UTC")],
)
def test_a_time_for_the_script_that_shows_it_in_local_time(style: str, text: str) -> None:
    timestamp = datetime(2026, 1, 1, 1, 5, tzinfo=timezone(timedelta(hours=2)))
    html = f'<time datetime="2025-12-31T23:05:00+00:00" data-local="{style}">{text}</time>'
    assert tags.local(timestamp, style) == html
    assert tags.local(datetime(2025, 12, 31, 23, 5), style) == html


def test_a_time_is_by_default_exact_to_a_minute() -> None:
    assert (
        tags.local(NOW)
        == '<time datetime="2026-01-01T12:00:00+00:00" data-local="minute">2026-01-01 12:00 UTC</time>'
    )
    assert tags.local(None) == "–"
