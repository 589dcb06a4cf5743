"""Cross-origin requests, as browsers ask for them: a preflight without a key, then the request with one."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

import engine
from accounts.principal import Principal

HEADERS = (
    "x-apikey, authorization, content-type, cache-control, x-http-method-override, last-event-id, x-request-id, "
    "x-requested-with"
)
EXPOSED = "X-Pagination, X-Request-ID, Retry-After"
_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]{1,253}", re.IGNORECASE)
_PREFLIGHT_SECONDS = 600
NOT_HERE = "This key may not be used by pages of other origins; make a web key that names the origin."


def preflight(origin: str, *, verbs: str) -> HttpResponse:
    """Says what may be asked. Whether a key names the origin is seen when the key comes: here it does not."""
    told = {"Vary": "Origin"}
    if _ORIGIN.fullmatch(origin):
        told |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": verbs,
            "Access-Control-Allow-Headers": HEADERS,
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
        }
    return HttpResponse(status=204, headers=told)


def check(origin: str, principal: Principal) -> None:
    """Raises `Forbidden` for a page of an origin that the key does not name."""
    if origin and not may_read(origin, principal):
        raise engine.Forbidden(NOT_HERE)


def may_read(origin: str, principal: Principal | None) -> bool:
    """Whether a page of that origin may use what the principal gets; our own pages always may."""
    if origin == settings.BASE_URL:
        return True
    web = principal.scope.web if principal and principal.scope else None
    return web is not None and web.names(origin)


def headers(origin: str, principal: Principal | None) -> dict[str, str]:
    """What lets the browser show an answer to the page; an error before the key is known tells nothing."""
    if not origin:
        return {}
    told = {"Vary": "Origin"}
    if _ORIGIN.fullmatch(origin) and (principal is None or may_read(origin, principal)):
        told |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED}
    return told


def allow(request: HttpRequest, response: HttpResponseBase) -> None:
    found = headers(request.META.get("HTTP_ORIGIN", ""), getattr(request, "principal", None))
    for name, value in found.items():
        response.headers[name] = value
