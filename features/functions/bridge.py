"""What a function reaches: the documents that its caller may use, and allowed hosts. Nothing else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

import engine
from accounts.principal import Principal
from catalog.services.access import open_database
from features.environment.services import hosts_of_functions
from features.webhooks.outgoing import RequestFailed, resolve, send

SURFACE = "functions"
_MAX_FETCH_BYTES = 4 << 20
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Headers that are made for the connection.
_OWN_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "upgrade"}
_NOT_ALLOWED = "Functions may not call {}. An administrator of the installation can add it to `allowedHosts`."
Arguments = Mapping[str, Any]


class ContextBridge:
    """Answers the calls of one function with the permissions of its caller, in one database."""

    def __init__(self, principal: Principal, database_id: str) -> None:
        self._principal, self._database_id = principal, database_id
        self._methods: dict[str, Callable[[Arguments], Any]] = {
            "find": self._find,
            "insert": self._insert,
            "update": self._update,
            "delete": self._delete,
            "graphql": self._graphql,
        }

    def __call__(self, method: str, arguments: Arguments, seconds: float) -> Any:
        """Return the answer of a call. Raises `Invalid` for an unknown call, and the errors of the engine."""
        if method == "fetch":
            return _fetch(arguments, seconds=seconds)
        if method not in self._methods:
            raise engine.Invalid(f"The context has no {method[:50]}.")
        return self._methods[method](arguments)

    def _find(self, arguments: Arguments) -> list[dict[str, Any]]:
        sort = _typed(arguments, "sort", dict, {})
        query = engine.Query(
            filter=_typed(arguments, "query", dict, {}),
            sort=tuple((path, way) for path, way in sort.items() if type(way) is int),
            fields=_typed(arguments, "fields", dict, {}),
            skip=_typed(arguments, "skip", int, 0),
            limit=_typed(arguments, "limit", int, 50),
            root="query",
            count=engine.Count.NONE,
        )
        return [*self._collection(arguments).find(query).documents]

    def _insert(self, arguments: Arguments) -> list[str]:
        documents = _typed(arguments, "documents", list, [])
        return [str(item) for item in self._collection(arguments).insert(documents)]

    def _update(self, arguments: Arguments) -> int:
        query = engine.Query(_typed(arguments, "query", dict), root="query")
        change = engine.Change(_typed(arguments, "change", dict), root="change")
        return self._collection(arguments).update(query, change)

    def _delete(self, arguments: Arguments) -> int:
        return self._collection(arguments).delete(engine.Query(_typed(arguments, "query", dict), root="query"))

    def _graphql(self, arguments: Arguments) -> Any:
        answer = import_string(settings.FUNCTION_GRAPHQL)
        variables = _typed(arguments, "variables", dict, {})
        return answer(self._principal, self._database_id, _typed(arguments, "query", str), variables)

    def _collection(self, arguments: Arguments) -> engine.Collection:
        name = _typed(arguments, "collection", str)
        database = open_database(self._principal, self._database_id, collection=name, surface=SURFACE)
        return database.collection(name)


def _typed(arguments: Arguments, name: str, kind: type, default: Any = None) -> Any:
    """Return an argument of a type, the default if it is absent. Raises `Invalid`."""
    value = arguments.get(name, default)
    if type(value) is not kind:
        words = {dict: "an object", list: "an array", int: "a whole number", str: "a string"}
        raise engine.Invalid.of_field(name, f"Must be {words[kind]}.")
    return value


def _fetch(arguments: Arguments, *, seconds: float) -> dict[str, Any]:
    """Send a request to an allowed host and return `{status, headers, body}`, the body in base64."""
    url, method = _typed(arguments, "url", str), _typed(arguments, "method", str)
    if method not in _METHODS:
        raise engine.Invalid.of_field("method", f"Must be one of {', '.join(_METHODS)}.")
    _check_host(url)
    try:
        body = base64.b64decode(_typed(arguments, "body", str, ""), validate=True)
        target = resolve(url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS)
        answer = send(
            target,
            body,
            method=method,
            headers=_headers(_typed(arguments, "headers", dict, {})),
            seconds=max(0.1, min(seconds, settings.WEBHOOK_SECONDS)),
            max_bytes=_MAX_FETCH_BYTES,
        )
    except (RequestFailed, binascii.Error) as error:
        raise engine.Invalid(f"fetch failed: {error}") from error
    return {
        "status": answer.status,
        "headers": answer.headers,
        "body": base64.b64encode(answer.content).decode(),
    }


def _check_host(url: str) -> None:
    """Raise `Invalid` unless an administrator allows the host, or this port of it."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise engine.Invalid("fetch failed: the address is not valid.") from error
    host = str(parts.hostname)
    allowed = {item.lower() for item in hosts_of_functions()}
    if not allowed & {host, f"{host}:{port}"}:
        raise engine.Invalid(_NOT_ALLOWED.format(host[:200]))


def _headers(headers: Arguments) -> dict[str, str]:
    """Return the headers of a request. Their texts are checked when they are sent."""
    return {
        name: value for name, value in headers.items() if type(value) is str and name.lower() not in _OWN_HEADERS
    }
