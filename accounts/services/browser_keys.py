"""What a web key may be restricted to, checked with every fault named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from accounts.principal import VERBS, BrowserKeyScope
from engine import DOCUMENT_ACTIONS, Action, FieldError, Invalid

_ORIGIN = re.compile(r"\*|https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?")
_PATH = re.compile(r"(/[\w*-]+)+")
_RIGHT = re.compile(r"(POST|PUT|DELETE):[\w-]+|[\w.-]+")
_EMPTY = "Must name at least one; leave it out for all of them."


def restrictions(raw: Mapping[str, Sequence[str]], *, actions: frozenset[Action]) -> BrowserKeyScope:
    """Raises `Invalid`."""
    faults: list[FieldError] = []
    if not actions <= DOCUMENT_ACTIONS:
        faults.append(FieldError("actions", "A web key lies open: it may read, insert, write and delete, no more."))
    faults += [FieldError(f"web.{name}", _EMPTY) for name in ("verbs", "paths") if name in raw and not raw[name]]
    faults += _unfit(raw, "origins", _ORIGIN, "Must be https://host, https://*.host or *.")
    faults += _unfit(raw, "paths", _PATH, "Must be a pattern such as /customers/**.")
    faults += _unfit(raw, "realtime", _RIGHT, "Must be POST:, PUT: or DELETE: and a collection, or a channel.")
    verbs = frozenset(raw.get("verbs", [verb for verb, action in VERBS.items() if action in actions]))
    faults += [
        FieldError("web.verbs", f"{verb!r} is none of {', '.join(VERBS)}.") for verb in sorted(verbs - {*VERBS})
    ]
    faults += [
        FieldError("web.verbs", f"{verb} needs the action {VERBS[verb].value!r}.")
        for verb in sorted(verbs & {*VERBS})
        if VERBS[verb] not in actions
    ]
    if faults:
        raise Invalid(faults[0].message if len(faults) == 1 else "The request is not valid.", errors=faults)
    lists = {name: tuple(raw.get(name, ())) for name in ("origins", "paths", "realtime")}
    return BrowserKeyScope(verbs=verbs, **lists)


def _unfit(raw: Mapping[str, Sequence[str]], name: str, shape: re.Pattern[str], text: str) -> list[FieldError]:
    return [
        FieldError(f"web.{name}", f"{item!r}: {text}") for item in raw.get(name, ()) if not shape.fullmatch(item)
    ]
