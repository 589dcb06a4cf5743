"""Template tags and filters of the dashboard: asset addresses, icons, form fields and formatted values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
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

from dashboard.layout import value_inputs
from engine.encoding import dumps

register = template.Library()

_SURFACES: Mapping[str, str] = {
    "dashboard": "the dashboard",
    "data": "the data API",
    "functions": "a function",
    "management": "the management API",
    "rest": "the REST API",
}
_ROW = re.compile(r"\brow (\d+)(?=\)$)")
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_TIME_UNITS = ((31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of a static file with a content hash, so that browsers can cache it."""
    return f"{static(name)}?v={_content_hash(name)}"


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon of the sprite as SVG."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        asset("dashboard/icons.svg"),
        name,
    )


@register.simple_tag
def field(bound: BoundField, css_class: str = "") -> SafeString:
    """Return a form field with label, help and errors. `css_class` are the CSS classes of its container."""
    description_ids = [f"{bound.id_for_label}_{suffix}" for suffix, present in _descriptions(bound) if present]
    attributes: dict[str, str | bool] = {"aria-describedby": " ".join(description_ids)} if description_ids else {}
    context = {"field": bound, "control": bound.as_widget(attrs=attributes), "class": css_class}
    return SafeString(render_to_string("dashboard/parts/field.html", context))


@register.simple_block_tag
def empty_state(content: str, *, icon: str, title: str) -> SafeString:
    """Return the message of an empty list; the text between the tags explains it."""
    context = {"icon": icon, "title": title, "text": _one_line(content)}
    return SafeString(render_to_string("dashboard/parts/empty.html", context))


@register.simple_block_tag(takes_context=True)
def confirm(context: template.Context, content: str, **options: Any) -> SafeString:
    """Return a dialog that asks before data is lost; the text between the tags explains what is lost.

    `options` are `id`, `title`, `button` and `action`; `expect`, a text to type; `password`, to ask for it.
    """
    options["text"] = _one_line(content)
    return SafeString(render_to_string("dashboard/parts/confirm.html", options, request=context["request"]))


def _one_line(content: str) -> SafeString:
    return SafeString(" ".join(content.split()))


def _descriptions(bound: BoundField) -> list[tuple[str, bool]]:
    return [("help", bool(bound.help_text)), ("error", bool(bound.errors))]


@register.filter
def actor(short: str, people: Mapping[str, str]) -> str:
    """Return the name of an actor from `people`, else its id."""
    return people.get(short, short)


@register.filter
def surface(name: str) -> str:
    """Return what a change was made through, such as `the dashboard`; the name of a dialect as it is."""
    return _SURFACES.get(name, name)


@register.filter
def member(mapping: Mapping[str, Any], name: str) -> Any:
    """Return a member whose name templates cannot write, such as `_id`."""
    return mapping.get(name)


@register.filter
def size(number: int | float | None) -> str:
    """Return a number of bytes with a decimal unit, such as `1.5 MB`."""
    if number is None:
        return "–"
    value = float(number)
    for unit in _UNITS:
        # 99.95 is the first number that one decimal would show as 100.0.
        text = f"{value:.0f}" if unit == "bytes" or value >= 99.95 else f"{value:.1f}"
        if float(text) < 1000 or unit == _UNITS[-1]:
            break
        value /= 1000
    return "1 byte" if (text, unit) == ("1", "bytes") else f"{text} {unit}"


@register.filter
def count(number: int | None) -> str:
    """Return a number with thousands separators."""
    return "–" if number is None else f"{number:,}"


@register.filter
def plural(number: int, word: str) -> str:
    """Return a count with a noun: `3 documents`. An irregular plural is written `entry|entries`."""
    one, _, many = word.partition("|")
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


@register.filter
def from_one(text: str) -> str:
    """Return an import error with its row counted from 1 instead of 0."""
    return _ROW.sub(lambda match: f"row {int(match[1]) + 1}", text)


@register.filter
def typed(value: Any) -> str:
    """Return a default as the schema form shows it: text as it is, other values as JSON."""
    return value if type(value) is str else dumps(value).decode()


@register.filter
def pretty(value: Any) -> str:
    """Return indented JSON."""
    return value_inputs.as_json(value)


@register.filter
def json(value: Any) -> str:
    """Return compact JSON for attributes that scripts read. The template escapes it."""
    return dumps(value).decode()


@register.filter
def ago(timestamp: datetime | None, precision: str = "") -> SafeString | str:
    """Return the time since or until a timestamp. The precision `minute` shows no seconds."""
    if timestamp is None:
        return "never"
    aware = timestamp if timezone.is_aware(timestamp) else timezone.make_aware(timestamp)
    seconds = (timezone.now() - aware).total_seconds()
    # The remaining time is a little shorter than the announced one: round it up.
    text = "just now" if abs(seconds) < 5 else _duration(seconds if seconds > 0 else 60 - seconds)
    label = text if text == "just now" else f"{text} ago" if seconds > 0 else f"in {text}"
    if precision == "minute" and 0 <= seconds < 60:
        label = "less than a minute ago"
    exact = aware.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}" data-local>{}</time>',
        exact.isoformat(timespec="seconds"),
        f"{exact:%Y-%m-%d %H:%M:%S} (UTC)",
        label,
    )


@register.filter
def local(timestamp: datetime | None, style: str = "minute") -> SafeString | str:
    """Return a time for a script to show in local time, as `day`, `time` or `minute`. UTC without scripts."""
    if timestamp is None:
        return "–"
    exact = (timestamp if timezone.is_aware(timestamp) else timezone.make_aware(timestamp)).astimezone(UTC)
    text = exact.strftime({"day": "%Y-%m-%d", "time": "%H:%M UTC"}.get(style, "%Y-%m-%d %H:%M UTC"))
    return format_html('<time datetime="{}" data-local="{}">{}</time>', exact.isoformat(), style, text)


def _duration(seconds: float) -> str:
    length, unit = next(((length, unit) for length, unit in _TIME_UNITS if seconds >= length), (1, "second"))
    number = int(seconds / length)
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _content_hash(name: str) -> str:
    return _hash_of_file(name) if settings.DEBUG else _cached_hash_of_file(name)


def _hash_of_file(name: str) -> str:
    """Return a content hash; `0` for an asset that was not built."""
    path = finders.find(name)
    if not isinstance(path, str):
        return "0"
    with Path(path).open("rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:10]


_cached_hash_of_file = cache(_hash_of_file)
