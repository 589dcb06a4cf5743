"""Answers of GET in other formats than JSON: an HTML table, and a script."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from accounts.authentication import caller_of
from accounts.principal import browser_scope_of

FORMATS = ("json", "html", "js")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", re.ASCII)
_MAX_NAME = 100
_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_STYLE = "body{font:14px sans-serif}table{border-collapse:collapse}td,th{border:1px solid #999;padding:4px 8px}"


def check(request: HttpRequest, format: str) -> None:
    """Raise `Forbidden` or `Invalid` for a script that the caller may not have."""
    if format != "js":
        return
    web = browser_scope_of(caller_of(request))
    if web is not None and "*" not in web.origins:
        # A page may include scripts of any origin without sending its own origin.
        raise engine.Forbidden("The format js needs a full-access key, or a browser key for the origin '*'.")
    callback = request.GET.get("callback", "")
    if callback and (len(callback) > _MAX_NAME or not _NAME.fullmatch(callback)):
        raise engine.Invalid.of_field("callback", "Must be the name of a JavaScript function.")


def convert(request: HttpRequest, response: HttpResponse, *, format: str, name: str) -> HttpResponse:
    """Return the same answer in another format, with its headers."""
    content = json.loads(response.content)
    if format == "html":
        body, kind = _page(content, name), "text/html; charset=utf-8"
        response.headers["Content-Security-Policy"] = _CSP
    else:
        body, kind = _script(content, name, request.GET.get("callback", "")), "text/javascript; charset=utf-8"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.content = body.encode()
    response.headers["Content-Type"] = kind
    response.headers["X-Content-Type-Options"] = "nosniff"
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
    return response


def _script(content: Any, name: str, callback: str) -> str:
    # ASCII only: U+2028 would end a line. No `<`: it could end the script element.
    text = json.dumps(content).replace("<", "\\u003c")
    if callback:
        return f"/**/{callback}({text});\n"
    variable = name if _NAME.fullmatch(name) and "." not in name else "data"
    return f"var {variable} = {text};\n"


def _page(content: Any, name: str) -> str:
    title = escape(name)
    head = f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title><style>{_STYLE}</style></head>"
    rows = content["data"] if isinstance(content, Mapping) and {*content} == {"data", "totals"} else content
    table = _table(rows) if isinstance(rows, list) else _members(rows)
    return f"{head}<body><h1>{title}</h1>{table}</body></html>"


def _table(rows: list[Any]) -> str:
    """Return a table with a column for each member that any of the documents has."""
    names = list(dict.fromkeys(name for row in rows if isinstance(row, Mapping) for name in row))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(row.get(name))}</td>' for name in names)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _members(content: Any) -> str:
    items = content.items() if isinstance(content, Mapping) else [("", content)]
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{_cell(value)}</td></tr>" for name, value in items)
    return f"<table><tbody>{rows}</tbody></table>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
