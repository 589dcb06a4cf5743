"""Texts of charts: labels of cells, short and without characters that XML cannot have."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_LABEL = 60
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def label_of(value: Any) -> str:
    """Return a cell as a label. Null is an empty text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(text, length=MAX_LABEL)


def shortened(text: str, *, length: int) -> str:
    """Return a text of at most `length` characters, all of which XML can have."""
    text = _NOT_XML.sub("\ufffd", text[: length + 1])
    return text if len(text) <= length else f"{text[: length - 1]}…"


def number_of(value: Any) -> float | None:
    """Return the number in a cell, and None for every other value."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
