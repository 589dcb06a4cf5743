"""Checks of the settings: that each can be read, and that they suit an installation that others can reach."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import environ
from django.conf import settings
from django.core import checks

from datacube.doctor.finding import Finding, fail, fine, warn
from datacube.local import paths

# Read by the supervisor and the web server, with the type of each.
_ELSEWHERE = {"HOST": "str", "WEB_WORKERS": "int", "KEEP_ALIVE_SECONDS": "int", "STOP_SECONDS": "int"}
_MODULES = ("settings.py", "limits.py", "backup_settings.py")
_SIMILAR = 0.87
_MIN_SECRET_LENGTH = 50
_SEE = "see docs/operations.md#settings"
_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "json": "JSON"}


@cache
def declared() -> Mapping[str, str]:
    """Return the settings that are read from the environment, with the name of their type."""
    types = dict(_ELSEWHERE)
    for name in _MODULES:
        for node in ast.walk(ast.parse((paths.ROOT / "datacube" / name).read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                owner, argument = node.func.value, node.args[0]
                if isinstance(owner, ast.Name) and owner.id == "env" and isinstance(argument, ast.Constant):
                    types[str(argument.value)] = node.func.attr
    return types


def readable(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each setting that cannot be read, is negative, or is not a setting; needs no Django."""
    env = environ.Env()
    env.ENVIRON = {**environment}
    wrong = 0
    for name in sorted(declared().keys() & environment.keys()):
        if message := _error(env, name, declared()[name], environment[name]):
            wrong += 1
            yield fail(name, message, _SEE)
    yield from _misspelled(environment)
    if not wrong:
        yield fine("settings", f"{len(declared().keys() & environment.keys())} are set, and all can be read")


def _error(env: environ.Env, name: str, kind: str, text: str) -> str | None:
    """Return what is wrong with the text of a setting, or None. The text is not repeated: it may be a secret."""
    if kind == "bool" and text.lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off", "y", "n", ""):
        return "must be true or false"
    if not text and kind in ("int", "float", "json"):
        return f"is empty; it must be {_KINDS[kind]}" if name not in _ELSEWHERE else None
    try:
        # The library reads `5 minutes` as 5.0.
        value = float(text) if kind == "float" else getattr(env, kind)(name)
    except Exception as error:  # noqa: BLE001 - whatever the library raises makes the setting unreadable
        return f"must be {_KINDS[kind]}" if kind in _KINDS else f"cannot be read: {type(error).__name__}"
    if isinstance(value, int | float) and value < 0:
        return "must not be negative"
    return None


def _misspelled(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a warning for each variable that differs from the name of a setting in a letter or two."""
    for name in sorted(environment.keys() - declared().keys()):
        if name.startswith("DATACUBE_"):  # of the commands
            continue
        similar = difflib.get_close_matches(name, declared(), n=1, cutoff=_SIMILAR)
        if similar:
            yield warn(name, "is not a setting", f"did you mean {similar[0]}?")


def suitable() -> Iterator[Finding]:
    """Yield the findings about values, of which some matter for an installation with its own servers alone."""
    yield _secret_key(settings.SECRET_KEY)
    yield _debug(debug=settings.DEBUG)
    if not settings.EMBEDDED:
        yield from _production()
    yield from _django()


def _secret_key(text: str) -> Finding:
    if len(text) < _MIN_SECRET_LENGTH or len(set(text)) < _MIN_SECRET_LENGTH // 4:
        advice = "set it to the output of: openssl rand -hex 32"
        return fail("SECRET_KEY", f"is too easy to guess; it needs {_MIN_SECRET_LENGTH} characters", advice)
    return fine("SECRET_KEY", "is long enough")


def _debug(*, debug: bool) -> Finding:
    if debug:
        return fail("DEBUG", "is on, and shows settings and code to everybody", "unset it")
    return fine("DEBUG", "is off")


def _production() -> Iterator[Finding]:
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield fail("ALLOWED_HOSTS", "names no host", "set it to the host of BASE_URL")
    if not settings.BASE_URL.startswith("https://"):
        text = "does not begin with https://: cookies and keys travel in the clear"
        yield warn("BASE_URL", text, "put a proxy with TLS in front, and set the public address")
    elif not settings.TRUSTED_PROXIES:
        text = "is 0, so all requests count for the address of the proxy"
        yield warn("TRUSTED_PROXIES", text, "set it to the number of proxies in front")
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        yield warn("EMAIL_URL", "is not set: mail is written to files, not sent", "name a mail server")
    if not settings.BACKUP_HOURS:
        yield warn("BACKUP_HOURS", "is 0: no backups are taken by schedule", "set it, or use a tool of yours")


def _django() -> Iterator[Finding]:
    """Yield the warnings of Django's system checks, in production with those of deployment."""
    messages: list[Any] = [
        message
        for message in checks.run_checks(include_deployment_checks=not settings.EMBEDDED)
        if message.level >= checks.WARNING and not message.is_silenced()
    ]
    for message in messages:
        yield (fail if message.level >= checks.ERROR else warn)(
            f"check {message.id}", message.msg.partition("\n")[0], message.hint or "see Django's system checks"
        )
    if not messages:
        yield fine("Django's checks", "none has anything to report")
