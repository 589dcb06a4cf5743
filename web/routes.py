"""Routes as people read them, for the access log and the dashboard's activity."""

from __future__ import annotations

import re
from functools import lru_cache

from django.http import HttpRequest

_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)|<(?:\w+:)?(\w+)>")


def route_of(request: HttpRequest) -> str | None:
    """Return the route that a request matched, such as `/db/{database}/rest/{collection}`, or None."""
    match = request.resolver_match
    return readable(match.route) if match else None


@lru_cache(1024)
def readable(route: str) -> str:
    """Return a route of Django, whose parts are regular expressions or paths, with its parameters in braces."""
    text = _GROUP.sub(lambda group: f"{{{group[1] or group[2]}}}", route)
    return "/" + text.replace("^", "").removesuffix("$").removesuffix("/?").replace("\\", "")
