"""The API reference page, generated from the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import mark_safe

from engine.lazy import made_once
from web.openapi import openapi_document

_VERBS = ("post", "get", "put", "patch", "delete")
_FILTERS = '{"email": "alice@example.com"}'
_CODE = re.compile(r"`([^`]+)`")
_PART = re.compile(r"\{(\w+)\}")
_ORDER = ("Authentication API", "Management API", "Data API", "History API", "Events API")


@dataclass(frozen=True)
class Endpoint:
    """One entry of the page, with its examples as text."""

    id: str
    verb: str
    path: str
    summary: str
    description: str
    parameters: list[Mapping[str, Any]]
    request: str
    answers: list[tuple[str, str]]
    curl: str


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "reference/page.html", {"groups": _groups(), "base_url": settings.BASE_URL})


@made_once
def _groups() -> list[tuple[str, list[Endpoint]]]:
    document = openapi_document()
    groups: dict[str, list[Endpoint]] = {}
    for path, verb, operation in _operations(document):
        tag = operation.get("tags", [""])[0]
        if tag in _ORDER:
            groups.setdefault(tag, []).append(_endpoint(path, verb, operation))
    return [(tag, groups[tag]) for tag in _ORDER if tag in groups]


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, verbs in document["paths"].items():
        for verb in _VERBS:
            if verb in verbs:
                yield path, verb, verbs[verb]


def _endpoint(path: str, verb: str, operation: Mapping[str, Any]) -> Endpoint:
    media, body = _body(operation)
    return Endpoint(
        id=operation["operationId"],
        verb=verb.upper(),
        path=path,
        summary=operation.get("summary", operation["operationId"]),
        description=_with_code(operation.get("description", "")),
        parameters=[
            {**item, "description": _with_code(item.get("description", ""))}
            for item in operation.get("parameters", [])
            if item["in"] == "query"
        ],
        request=_text(body) if body is not None else "",
        answers=[
            (status, _text(example))
            for status, answer in operation["responses"].items()
            if status.startswith("2") and (example := _example(answer)) is not None
        ],
        curl=_curl(path, verb, operation, media=media, body=body),
    )


def _with_code(text: str) -> str:
    """Return text as HTML, in which what stands between backticks is code."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S308 - it is escaped


def _body(operation: Mapping[str, Any]) -> tuple[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    for media, described in content.items():
        return media, _example_of(described)
    return "", None


def _example(answer: Mapping[str, Any]) -> Any:
    described = answer.get("content", {}).get("application/json")
    return _example_of(described) if described else None


def _example_of(described: Mapping[str, Any]) -> Any:
    if "example" in described:
        return described["example"]
    return next((item["value"] for item in described.get("examples", {}).values()), None)


def _curl(path: str, verb: str, operation: Mapping[str, Any], *, media: str, body: Any) -> str:
    query = "&".join(
        f"{item['name']}={quote(_FILTERS) if item['name'] == 'filters' else _placeholder(item['name'])}"
        for item in operation.get("parameters", [])
        if item["in"] == "query" and (item.get("required") or item["name"] == "filters")
    )
    filled = _PART.sub(lambda match: _placeholder(match[1]), path)
    address = f"{settings.BASE_URL}{filled}" + (f"?{query}" if query else "")
    lines = [f"curl -X {verb.upper()} {_quoted(address)}"]
    if operation.get("security") and {} not in operation["security"]:
        only_people = not any("Api-Key" in item for item in operation["security"])
        lines.append(f"-H 'Authorization: {'Bearer <ACCESS_TOKEN>' if only_people else 'Api-Key <YOUR_API_KEY>'}'")
    if media == "multipart/form-data":
        lines += [f"-F {_quoted(f'{name}={value}')}" for name, value in body.items()]
    elif body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d {_quoted(json.dumps(body))}"]
    return " \\\n  ".join(lines)


def _placeholder(name: str) -> str:
    return f"<{name.upper()}>"


def _quoted(text: str) -> str:
    """Quote text for the shell; always, as the values that replace placeholders may need it."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
