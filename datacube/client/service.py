"""The service that a command talks to: its address, the key, and what it answers."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from datacube.local import paths
from datacube.local.supervisor import STATE

_DEFAULT_URL = "http://127.0.0.1:8000"
# A request that waits for its turn, and a small import, take less.
_TIMEOUT = httpx.Timeout(120, connect=10)
_MAX_SHOWN = 20


class CommandFailed(Exception):
    """The command cannot do what it should; the message says why and is shown to the user."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a service and a key."""
    parser.add_argument("--url", default="", help="by default DATACUBE_URL, or the service of this home")
    parser.add_argument(
        "--key-file", type=Path, metavar="FILE", help="file with the API key; by default the variable DATACUBE_KEY"
    )
    parser.add_argument("--database", required=True, metavar="ID", help="id of the database")


def connect(options: argparse.Namespace) -> httpx.Client:
    """Return a client of the service that the options name. Raises `CommandFailed` without a key."""
    headers = {"Authorization": f"Api-Key {_key(options.key_file)}"}
    url = options.url or os.environ.get("DATACUBE_URL") or local_url()
    return httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=_TIMEOUT)


def run(
    work: Callable[[argparse.Namespace], int], parser: argparse.ArgumentParser, arguments: Sequence[str]
) -> int:
    """Run a command with its arguments; print why it failed, and return the status to exit with."""
    options = parser.parse_args(arguments)
    try:
        return work(options)
    except CommandFailed as error:
        print(error, file=sys.stderr)
    except httpx.InvalidURL as error:
        print(f"The address of the service is not valid: {error}.", file=sys.stderr)
    except httpx.HTTPError as error:
        print(f"The service did not answer: {error or type(error).__name__}.", file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'The file'}: {error.strerror or error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. A job that has begun continues on the service.", file=sys.stderr)
        return 130
    return 1


def check(response: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer. Raises `CommandFailed` with the message and every error of the service."""
    try:
        body = response.json()
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise CommandFailed(
            f"{response.url} answered {response.status_code} without JSON: is this a DataCube service?"
        )
    if response.is_success:
        return body
    raise CommandFailed(explained(f"{response.status_code}: {body.get('message', response.reason_phrase)}", body))


def explained(message: str, body: dict[str, Any]) -> str:
    """Return a message with the errors of a body, one a line."""
    errors = [error for error in body.get("errors") or () if error.get("message") not in (None, message)]
    lines = [
        "  "
        + ", ".join(str(part) for part in (error.get("index"), error.get("field")) if part not in (None, ""))
        + f": {error['message']}"
        for error in errors[:_MAX_SHOWN]
    ]
    more = [f"  and {len(errors) - _MAX_SHOWN} more"] if len(errors) > _MAX_SHOWN else []
    return "\n".join([message, *lines, *more])


def _key(file: Path | None) -> str:
    key = file.read_text().strip() if file else os.environ.get("DATACUBE_KEY", "")
    if not key:
        raise CommandFailed("An API key is needed: set DATACUBE_KEY, or name a file with --key-file.")
    if not key.isascii() or not key.isprintable():
        raise CommandFailed("The API key contains characters that no key has.")
    return key


def local_url() -> str:
    """Return the address of the service that runs on this home, else the default one."""
    try:
        state = json.loads((paths.home() / STATE).read_text() or "{}")
    except (OSError, json.JSONDecodeError):
        return _DEFAULT_URL
    return state.get("url") or _DEFAULT_URL
