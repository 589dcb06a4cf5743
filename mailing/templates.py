"""Templates of mails: names in double braces, and nothing that is run."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"\{\{\s*([\w.-]{1,200})\s*\}\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


def filled(template: str, values: Mapping[str, Any]) -> str:
    """HTML with the values in it, escaped; a name without a value is nothing."""
    return _NAME.sub(lambda found: html.escape(_text(values, found[1])), template)


def filled_line(template: str, values: Mapping[str, Any]) -> str:
    """One line of plain text, as a subject is."""
    return _CONTROL.sub(" ", _NAME.sub(lambda found: _text(values, found[1]), template)).strip()


def _text(values: Mapping[str, Any], path: str) -> str:
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None or isinstance(found, Mapping | list):
        return ""
    return str(found).lower() if type(found) is bool else str(found)


def as_text(markup: str) -> str:
    """The text of a mail for those who do not show HTML."""
    shown = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", markup)
    broken = re.sub(r"(?i)<(br|/p|/div|/li|/tr|/h[1-6])\b[^>]*>", "\n", shown)
    return html.unescape(re.sub(r"<[^>]*>", "", broken)).strip()
