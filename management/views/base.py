"""The base class of the management views, and functions that several of them use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.response import Response

from accounts.authentication import PrincipalAuthentication
from accounts.principal import AccountPrincipal
from management import render
from management.declarations import TAG
from web.views import ControlView


class ManagementView(ControlView):
    """A view with the error body of this API, which is described by `error_schema`."""

    authentication_classes: Sequence[type[BaseAuthentication]] = (PrincipalAuthentication,)
    envelope = staticmethod(render.envelope)
    tag = TAG
    error_schema: Any = "Error"  # the name of a component, or a serializer
    operation_suffix = ""
    is_limited = True

    @property
    def principal(self) -> AccountPrincipal:
        """Who sends the request."""
        return cast(AccountPrincipal, self.request.user)


def accepted(job_id: str, route: str, **members: Any) -> Response:
    """Return the 202 response for a job that runs in the background; `route` reports its progress."""
    status_url = f"{settings.BASE_URL}/api/{route}?job_id={job_id}"
    return Response({"success": True, "job_id": job_id, "status_url": status_url, **members}, status=202)
