"""Cross-origin requests of browsers: a preflight without a key, then the request with a key."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

import engine
from accounts.principal import Principal, browser_scope_of

HEADERS = (
    "x-apikey, authorization, content-type, cache-control, x-http-method-override, last-event-id, x-request-id, "
    "x-requested-with"
)
EXPOSED = "X-Pagination, X-Request-ID, Retry-After"
_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]{1,253}", re.IGNORECASE)
_PREFLIGHT_SECONDS = 600
ORIGIN_REFUSED = "This key may not be used by pages of other origins; make a browser key that names the origin."


def preflight(origin: str, *, verbs: str) -> HttpResponse:
    """Answer a preflight request.

    The key is not known yet; its origins are checked when the request itself arrives.
    """
    fields = {"Vary": "Origin"}
    if _ORIGIN.fullmatch(origin):
        fields |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": verbs,
            "Access-Control-Allow-Headers": HEADERS,
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
        }
    return HttpResponse(status=204, headers=fields)


def check(origin: str, principal: Principal) -> None:
    """Raise `Forbidden` if the request comes from a page whose origin the key does not name."""
    if origin and not may_read(origin, principal):
        raise engine.Forbidden(ORIGIN_REFUSED)


def may_read(origin: str, principal: Principal | None) -> bool:
    """Check whether pages of that origin may use the answer. The service's own pages always may.

    What is not the origin of a site, such as `null`, is refused even by a key for every origin.
    """
    if origin.lower() == _own_origin(settings.BASE_URL):
        return True
    web = browser_scope_of(principal) if principal else None
    return web is not None and _ORIGIN.fullmatch(origin) is not None and web.names(origin)


def _own_origin(base_url: str) -> str:
    """Return the origin of the service's pages: its public address without a path."""
    address = urlsplit(base_url)
    return f"{address.scheme}://{address.netloc}".lower()


def headers(origin: str, principal: Principal | None) -> dict[str, str]:
    """Return the CORS headers of an answer. Without a principal any origin may read the answer."""
    if not origin:
        return {}
    fields = {"Vary": "Origin"}
    if _ORIGIN.fullmatch(origin) and (principal is None or may_read(origin, principal)):
        fields |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED}
    return fields


def allow(request: HttpRequest, response: HttpResponseBase) -> None:
    """Add the CORS headers to a response."""
    fields = headers(request.META.get("HTTP_ORIGIN", ""), getattr(request, "principal", None))
    for name, value in fields.items():
        response.headers[name] = value
