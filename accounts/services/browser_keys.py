"""Restrictions of browser keys: their validation, and names of collections in them, which follow a rename."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import ApiKey
from accounts.principal import VERBS, BrowserKeyScope
from accounts.services import principals
from engine import DOCUMENT_ACTIONS, Action, FieldError, Invalid

_LABEL = "-*[a-z0-9][a-z0-9-]*"
_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_ORIGIN = re.compile(rf"\*|https?://(\*\.)?{_LABEL}(\.{_LABEL})*(:({_PORT}))?")
_PATH = re.compile(r"(/[\w*-]+)+")
_REALTIME = re.compile(r"(POST|PUT|DELETE):[\w-]+|[\w.-]+")
# In `/customers/*/orders` the collection, and the field of its children, which is their collection's name.
_NAMES = (0, 2)
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


@dataclass(frozen=True)
class NamingKey:
    """A browser key that names a collection. `databases` None means every database of its team."""

    id: int
    name: str
    databases: frozenset[str] | None


def keys_that_name(collection: str, *, team_id: int, database_id: str) -> list[NamingKey]:
    """Return the browser keys valid for a database whose paths or event names have the collection's name.

    Locks them until the end of the transaction.
    """
    live = ApiKey.objects.select_for_update().filter(~Q(web=None), team_id=team_id, revoked_at=None)
    return [
        NamingKey(row.pk, row.name, None if row.databases is None else frozenset(row.databases))
        for row in live.order_by("pk")
        if (row.databases is None or database_id in row.databases) and _names(row.web or {}, collection)
    ]


def add_name(key_id: int, collection: str, *, to: str) -> None:
    """Let what a key's restrictions allow for a collection count for another name too."""
    _change(key_id, lambda entry: (entry, _renamed(entry, collection, to)))


def remove_name(key_id: int, collection: str) -> None:
    """Remove the entries of a key's restrictions that name a collection."""
    _change(key_id, lambda entry: () if _renamed(entry, collection, "") != entry else (entry,))


def _change(key_id: int, entries: Callable[[str], Sequence[str]]) -> None:
    row = ApiKey.objects.select_for_update().get(pk=key_id)
    web = row.web or {}
    changed = {
        name: list(dict.fromkeys(item for entry in web.get(name, ()) for item in entries(entry)))
        for name in ("paths", "realtime")
        if name in web
    }
    row.web = {**web, **changed}
    row.save(update_fields=["web"])
    principals.invalidate_key(row.digest, row.previous_digest)


def _names(web: Mapping[str, Sequence[str]], collection: str) -> bool:
    return any(_renamed(entry, collection, "") != entry for entry in _entries(web))


def _entries(web: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from web.get("paths", ())
    yield from web.get("realtime", ())


def _renamed(entry: str, collection: str, to: str) -> str:
    """Return a path such as `/customers/**`, or an event such as `POST:customers`, with another name. Names of
    channels stay.
    """
    if not entry.startswith("/"):
        verb, colon, name = entry.partition(":")
        return f"{verb}:{to}" if colon and name == collection else entry
    parts = entry.split("/")[1:]
    renamed = [to if index in _NAMES and part == collection else part for index, part in enumerate(parts)]
    return "/" + "/".join(renamed)
