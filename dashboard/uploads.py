"""Which requests of the dashboard may carry a file, and whose they are, before anything is read."""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from dashboard import sessions

_UPLOAD = re.compile(r"/dashboard/db/[0-9a-f]{24}/import")


def is_upload(path: str) -> bool:
    return _UPLOAD.fullmatch(path) is not None


def is_known(cookies: str) -> bool:
    """Whether a `Cookie` header names a session that is somebody's."""
    try:
        found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return False
    if found is None:
        return False
    request = HttpRequest()
    request.session = SessionStore(found.value)
    return sessions.visitor(request) is not None
