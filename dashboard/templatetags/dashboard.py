"""What the dashboard's templates use: addresses of assets, icons, form fields, and values in words for people."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.forms import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

import engine
from dashboard.layout import value_inputs

register = template.Library()

_ROW = re.compile(r"\brow (\d+)(?=\)$)")
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_SPANS = ((31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


@register.simple_tag
def asset(name: str) -> str:
    """A static file's address, which changes with its content, so that browsers may keep it."""
    return f"{static(name)}?v={_version(name)}"


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        asset("dashboard/icons.svg"),
        name,
    )


@register.simple_tag
def field(bound: BoundField, extra: str = "") -> SafeString:
    """A form's field with label, help and faults; `extra` are classes around it."""
    about = [f"{bound.id_for_label}_{kind}" for kind, there in _descriptions(bound) if there]
    attributes: dict[str, str] = {}
    if about:
        attributes["aria-describedby"] = " ".join(about)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    context = {"field": bound, "control": bound.as_widget(attrs=attributes), "class": extra}
    return SafeString(render_to_string("dashboard/parts/field.html", context))


def _descriptions(bound: BoundField) -> list[tuple[str, bool]]:
    return [("help", bool(bound.help_text)), ("error", bool(bound.errors))]


@register.filter
def actor(short: str, people: Mapping[str, str]) -> str:
    """Who did something, as a page's `people` names them, else by the short id that is stamped."""
    return people.get(short, short)


@register.filter
def member(found: Mapping[str, Any], name: str) -> Any:
    """A member whose name templates cannot write, such as `_id`."""
    return found.get(name)


@register.filter
def size(count: int | float | None) -> str:
    """Bytes as people say them."""
    if count is None:
        return "–"
    left = float(count)
    for unit in _UNITS:
        if left < 1000 or unit == _UNITS[-1]:
            break
        left /= 1000
    return f"{left:.0f} {unit}" if unit == "bytes" or left >= 100 else f"{left:.1f} {unit}"


@register.filter
def count(number: int | None) -> str:
    """A number with commas between thousands."""
    return "–" if number is None else f"{number:,}"


@register.filter
def plural(number: int, word: str) -> str:
    """`3 documents`; a word with its own plural is written `entry|entries`."""
    one, _, many = word.partition("|")
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


@register.filter
def from_one(text: str) -> str:
    """An error of an import, with the row counted from 1 instead of 0."""
    return _ROW.sub(lambda match: f"row {int(match[1]) + 1}", text)


@register.filter
def typed(value: Any) -> str:
    """A default as it is typed into the schema form: text as it is, all other values as JSON."""
    return value if type(value) is str else engine.dumps(value).decode()


@register.filter
def pretty(value: Any) -> str:
    """JSON with indentation."""
    return value_inputs.as_json(value)


@register.filter
def json(value: Any) -> str:
    """For attributes that scripts read; the template escapes it like any text."""
    return engine.dumps(value).decode()


@register.filter
def ago(moment: datetime | None, precision: str = "") -> SafeString | str:
    """How long since, or until, a moment; with the precision `minute` no seconds are shown."""
    if moment is None:
        return "never"
    aware = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    seconds = (timezone.now() - aware).total_seconds()
    # What is to come is a little nearer than it was when it was promised.
    text = "just now" if abs(seconds) < 5 else _span(seconds if seconds > 0 else 60 - seconds)
    words = text if text == "just now" else f"{text} ago" if seconds > 0 else f"in {text}"
    if precision == "minute" and 0 <= seconds < 60:
        words = "less than a minute ago"
    exact = aware.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}" data-local>{}</time>',
        exact.isoformat(timespec="seconds"),
        f"{exact:%Y-%m-%d %H:%M:%S} (UTC)",
        words,
    )


@register.filter
def local(moment: datetime | None, shape: str = "minute") -> SafeString | str:
    """An exact time, written in the browser's zone as `day`, `time` or `minute`; in UTC without its script."""
    if moment is None:
        return "–"
    exact = (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
    text = exact.strftime({"day": "%Y-%m-%d", "time": "%H:%M UTC"}.get(shape, "%Y-%m-%d %H:%M UTC"))
    return format_html('<time datetime="{}" data-local="{}">{}</time>', exact.isoformat(), shape, text)


def _span(seconds: float) -> str:
    size, word = next(((size, word) for size, word in _SPANS if seconds >= size), (1, "second"))
    whole = int(seconds / size)
    return f"{whole} {word}{'' if whole == 1 else 's'}"


def _version(name: str) -> str:
    return _version_now(name) if settings.DEBUG else _version_kept(name)


def _version_now(name: str) -> str:
    """Of a file that could not be built, which is told at the start, there is none."""
    path = finders.find(name)
    if not isinstance(path, str):
        return "0"
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:10]


_version_kept = cache(_version_now)
