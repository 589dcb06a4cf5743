"""The security of an account: two-step sign-in, and sessions."""

from __future__ import annotations

from datacube_client.core.effects import JSON, Flow, Records
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, operation


class SecondFactorOperations(Resource):
    """Two-step sign-in: codes of an authenticator app."""

    @operation
    def status(self) -> Flow[JSON]:
        """Return `enabled`, `enabled_at` and `recovery_codes_left`."""
        return self._ask("GET /core/second-factor")

    @operation
    def enrol(self, password: str) -> Flow[JSON]:
        """Create a `secret` for an app, and its `uri` for a QR code. It is in force when it is confirmed."""
        return self._ask("POST /core/second-factor", password=password)

    @operation
    def confirm(self, code: str) -> Flow[list[str]]:
        """Enable the second step by a code of the app and return the recovery codes, which are shown this once."""
        return self._member("recovery_codes", "POST /core/second-factor/confirm", code=code)

    @operation
    def replace_recovery_codes(self, password: str, code: str) -> Flow[list[str]]:
        """Replace all recovery codes and return the new ones, which are shown this once."""
        route = "POST /core/second-factor/recovery-codes"
        return self._member("recovery_codes", route, password=password, code=code)

    @operation
    def disable(self, password: str, code: str) -> Flow[JSON]:
        """Remove the second step. `code` is one of the app, or a recovery code."""
        return self._ask("POST /core/second-factor/disable", password=password, code=code)


class SessionOperations(Resource):
    """Sessions: browsers, and programs that have signed in."""

    @operation
    def list(self) -> Flow[Records]:
        """Return the sessions, the last used first: `id`, `agent`, `address`, `current` and times."""
        return self._records("GET /core/sessions")

    @operation
    def end(self, session_id: str) -> Flow[None]:
        """End a session. Its tokens may work for another two seconds."""
        yield from self._call("DELETE /core/sessions/{session_id}", session_id=session_id)

    @operation
    def end_others(self) -> Flow[int]:
        """End all sessions except that of this client, and return their number."""
        return self._member("ended", "DELETE /core/sessions")


class SecondFactor(SecondFactorOperations, SyncResource):
    """Two-step sign-in."""


class AsyncSecondFactor(SecondFactorOperations, AsyncResource):
    """Two-step sign-in."""


class Sessions(SessionOperations, SyncResource):
    """Sessions."""


class AsyncSessions(SessionOperations, AsyncResource):
    """Sessions."""
