"""Validation of a browser key's restrictions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from accounts.principal import VERBS, BrowserKeyScope
from engine import DOCUMENT_ACTIONS, Action, FieldError, Invalid

_LABEL = "-*[a-z0-9][a-z0-9-]*"
_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_ORIGIN = re.compile(rf"\*|https?://(\*\.)?{_LABEL}(\.{_LABEL})*(:({_PORT}))?")
_PATH = re.compile(r"(/[\w*-]+)+")
_REALTIME = re.compile(r"(POST|PUT|DELETE):[\w-]+|[\w.-]+")
_EMPTY = "Must have at least one entry; omit it to allow all."


def parse_browser_scope(raw: Mapping[str, Sequence[str]], *, actions: frozenset[Action]) -> BrowserKeyScope:
    """Parse the restrictions of a browser key with these actions. Raises `Invalid` with every error."""
    errors: list[FieldError] = []
    if not actions <= DOCUMENT_ACTIONS:
        errors.append(
            FieldError("actions", "A browser key is public: it may only have read, insert, write and delete.")
        )
    errors += [FieldError(f"web.{name}", _EMPTY) for name in ("verbs", "paths") if name in raw and not raw[name]]
    errors += _pattern_errors(raw, "origins", _ORIGIN, "Must be https://host, https://*.host or *.")
    errors += _pattern_errors(raw, "paths", _PATH, "Must be a pattern such as /customers/**.")
    errors += _pattern_errors(
        raw, "realtime", _REALTIME, "Must be POST:, PUT: or DELETE: and a collection, or a channel."
    )
    verbs = frozenset(raw.get("verbs", [verb for verb, action in VERBS.items() if action in actions]))
    errors += [
        FieldError("web.verbs", f"{verb!r} is not one of {', '.join(VERBS)}.") for verb in sorted(verbs - {*VERBS})
    ]
    errors += [
        FieldError("web.verbs", f"{verb} needs the action {VERBS[verb].value!r}.")
        for verb in sorted(verbs & {*VERBS})
        if VERBS[verb] not in actions
    ]
    if errors:
        raise Invalid(errors[0].message if len(errors) == 1 else "The request is not valid.", errors=errors)
    lists = {name: tuple(raw.get(name, ())) for name in ("origins", "paths", "realtime")}
    return BrowserKeyScope(verbs=verbs, **lists)


def _pattern_errors(
    raw: Mapping[str, Sequence[str]], name: str, pattern: re.Pattern[str], text: str
) -> list[FieldError]:
    return [
        FieldError(f"web.{name}", f"{item!r}: {text}") for item in raw.get(name, ()) if not pattern.fullmatch(item)
    ]
