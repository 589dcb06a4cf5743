"""A query of the console as a program to copy, with the real address and names, but for the key."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

KEY = "YOUR_KEY"


@dataclass(frozen=True)
class Asked:
    """A request to the API: `query` goes into the address, `body` is sent as JSON."""

    path: str
    query: dict[str, str]
    body: dict[str, Any] | None = None


def find(database_id: str, collection: str, *, filters: Any, sort: Any, fields: Any, limit: int) -> Asked:
    query = {"database_id": database_id, "collection_name": collection}
    query |= {
        name: _compact(value) for name, value in (("filters", filters), ("sort", sort), ("fields", fields)) if value
    }
    return Asked("/api/crud", query | {"page_size": str(limit)})


def aggregate(database_id: str, collection: str, *, pipeline: Any) -> Asked:
    body = {"database_id": database_id, "collection_name": collection, "pipeline": pipeline}
    return Asked("/api/aggregate", {}, body)


def programs(asked: Asked) -> list[dict[str, str]]:
    """`{id, title, code}` in three languages."""
    made = (("curl", "curl", _curl), ("python", "Python", _python), ("javascript", "JavaScript", _javascript))
    return [{"id": f"copy-{name}", "title": title, "code": make(asked)} for name, title, make in made]


def _curl(asked: Asked) -> str:
    url = settings.BASE_URL + asked.path
    key = f"-H 'Authorization: Api-Key {KEY}'"
    if asked.body is None:
        parts = [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in asked.query.items()]
        return " \\\n  ".join([f"curl -sS -G {shlex.quote(url)}", key, *parts])
    body = shlex.quote(_compact(asked.body))
    return " \\\n  ".join(
        [f"curl -sS {shlex.quote(url)}", key, "-H 'Content-Type: application/json'", f"-d {body}"]
    )


def _python(asked: Asked) -> str:
    verb, given = ("get", f"params={asked.query!r}") if asked.body is None else ("post", f"json={asked.body!r}")
    lines = [
        "# pip install httpx",
        "import httpx",
        "",
        f"answer = httpx.{verb}(",
        f'    "{settings.BASE_URL}{asked.path}",',
        f"    {given},",
        f'    headers={{"Authorization": "Api-Key {KEY}"}},',
        ")",
        "answer.raise_for_status()",
        'print(answer.json()["data"])',
    ]
    return "\n".join(lines)


def _javascript(asked: Asked) -> str:
    if asked.body is None:
        url = f"{settings.BASE_URL}{asked.path}?{urlencode(asked.query)}"
        options = [f'  headers: {{ Authorization: "Api-Key {KEY}" }},']
    else:
        url = settings.BASE_URL + asked.path
        headers = f'{{ Authorization: "Api-Key {KEY}", "Content-Type": "application/json" }}'
        options = [
            '  method: "POST",',
            f"  headers: {headers},",
            f"  body: JSON.stringify({_compact(asked.body)}),",
        ]
    begin = f"const answer = await fetch({json.dumps(url)}, {{"
    return "\n".join([begin, *options, "});", "console.log((await answer.json()).data);"])


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
