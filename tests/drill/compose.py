"""What `docker-compose.yml` and `deploy/` say about each part: commands, environment, rights of MongoDB's user."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from datacube.local.paths import ROOT

_VARIABLE = re.compile(r"\$\{(\w+)(?::(?:\?[^}]*|-(?P<default>[^}]*)))?\}")
CADDYFILE = ROOT / "deploy" / "Caddyfile"


@cache
def _services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


def environment(service: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a service with these values in place of `${NAME}`."""
    texts = _services()[service]["environment"].items()
    return {name: _VARIABLE.sub(lambda match: _value(match, values), text) for name, text in texts}


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    return values[match[1]] if match["default"] is None else values.get(match[1], match["default"])


def beyond(service: str, other: str) -> dict[str, str]:
    """Return the variables that a service has and another one has not."""
    of_service, of_other = (_services()[name]["environment"] for name in (service, other))
    return {name: text for name, text in of_service.items() if name not in of_other}


def command(service: str) -> list[str]:
    """Return the command of a service, a list in the file."""
    words: list[str] = _services()[service]["command"]
    return words


def mongod_options() -> list[str]:
    """Return mongod's options without those that name a place inside the container."""
    words = command("mongodb")[1:]
    place = words.index("--keyFile")
    return [word for word in words[:place] + words[place + 2 :] if word != "--bind_ip_all"]


def mongodb_rights() -> tuple[list[str], list[dict[str, Any]]]:
    """Return the roles that `deploy/mongodb-init.js` gives to DataCube's user, and what its own role allows."""
    text = (ROOT / "deploy" / "mongodb-init.js").read_text()
    roles, privileges = (
        json.loads(re.sub(r",(\s*\])", r"\1", re.findall(rf"const {name} = (\[[^;]*\]);", text)[0]))
        for name in ("roles", "privileges")
    )
    return roles, privileges
