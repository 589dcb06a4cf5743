"""Export of a console query as code in several languages, with the real address and names and without a key."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

KEY = "YOUR_KEY"
# A literal with `__proto__` loses that member, long numbers lose digits, 1.0 becomes 1, and 1e20 an integer.
_CHANGED_BY_JAVASCRIPT = re.compile(r'"__proto__":|\d{16}|\d\.0(?!\d)|\de\+')


@dataclass(frozen=True)
class ApiRequest:
    """A request to the API. `query` goes into the address, `body` is sent as JSON."""

    path: str
    query: dict[str, str]
    body: dict[str, Any] | None = None


def find(database_id: str, collection: str, *, filters: Any, sort: Any, fields: Any, limit: int) -> ApiRequest:
    query = {"database_id": database_id, "collection_name": collection}
    query |= {
        name: _compact(value) for name, value in (("filters", filters), ("sort", sort), ("fields", fields)) if value
    }
    return ApiRequest("/api/crud", query | {"page_size": str(limit)})


def aggregate(database_id: str, collection: str, *, pipeline: Any) -> ApiRequest:
    body = {"database_id": database_id, "collection_name": collection, "pipeline": pipeline}
    return ApiRequest("/api/aggregate", {}, body)


def programs(request: ApiRequest) -> list[dict[str, str]]:
    """Return `{id, title, code}` for three languages."""
    languages = (("curl", "curl", _curl), ("python", "Python", _python), ("javascript", "JavaScript", _javascript))
    return [
        {"id": f"copy-{name}", "title": title, "code": generate(request)} for name, title, generate in languages
    ]


def _curl(request: ApiRequest) -> str:
    url = settings.BASE_URL + request.path
    key = f"-H 'Authorization: Api-Key {KEY}'"
    if request.body is None:
        parts = [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in request.query.items()]
        return " \\\n  ".join([f"curl -sS -G {shlex.quote(url)}", key, *parts])
    body = shlex.quote(_compact(request.body))
    return " \\\n  ".join(
        [f"curl -sS {shlex.quote(url)}", key, "-H 'Content-Type: application/json'", f"-d {body}"]
    )


def _python(request: ApiRequest) -> str:
    if request.body is None:
        method, argument = "get", f"params={request.query!r}"
    else:
        method, argument = "post", f"json={request.body!r}"
    lines = [
        "# pip install httpx",
        "import httpx",
        "",
        f"answer = httpx.{method}(",
        f'    "{settings.BASE_URL}{request.path}",',
        f"    {argument},",
        f'    headers={{"Authorization": "Api-Key {KEY}"}},',
        ")",
        "answer.raise_for_status()",
        'print(answer.json()["data"])',
    ]
    return "\n".join(lines)


def _javascript(request: ApiRequest) -> str:
    if request.body is None:
        url = f"{settings.BASE_URL}{request.path}?{urlencode(request.query)}"
        options = [f'  headers: {{ Authorization: "Api-Key {KEY}" }},']
    else:
        url = settings.BASE_URL + request.path
        headers = f'{{ Authorization: "Api-Key {KEY}", "Content-Type": "application/json" }}'
        options = [
            '  method: "POST",',
            f"  headers: {headers},",
            f"  body: {_javascript_text(request.body)},",
        ]
    begin = f"const answer = await fetch({json.dumps(url)}, {{"
    return "\n".join([begin, *options, "});", "console.log((await answer.json()).data);"])


def _javascript_text(body: dict[str, Any]) -> str:
    """Return an expression of the body's JSON: of a literal if JavaScript writes that as the same JSON."""
    text = _compact(body)
    if not _CHANGED_BY_JAVASCRIPT.search(text):
        return f"JSON.stringify({text})"
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{quoted}'"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
