"""Accounts of people, and the API keys of programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datacube_client.core.effects import JSON, Flow, Records
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, operation
from datacube_client.core.sending import renew


class AccountOperations(Resource):
    """Signing up and in, the profile, and passwords: routes below `/core`."""

    @operation
    def register(self, *, email: str, first_name: str, last_name: str, password: str) -> Flow[JSON]:
        """Create an account and send a mail that verifies the address."""
        return self._ask(
            "POST /core/register", email=email, firstName=first_name, lastName=last_name, password=password
        )

    @operation
    def sign_in(self, email: str, password: str) -> Flow[None]:
        """Use this person's tokens from now on. They are renewed when the access token has expired."""
        tokens = yield from self._ask("POST /core/login", email=email, password=password)
        credentials = self._driver.session.credentials
        credentials.access, credentials.refresh = tokens["access"], tokens["refresh"]

    @operation
    def renew_tokens(self) -> Flow[None]:
        """Exchange the refresh token for a new pair now. Requests do it by themselves when it is necessary."""
        return renew(self._driver.session)

    @operation
    def sign_out(self) -> Flow[JSON]:
        """End the session and forget its tokens. A key of this client is used again."""
        credentials = self._driver.session.credentials
        answer = yield from self._ask("POST /core/logout", refresh=credentials.refresh or None)
        credentials.access = credentials.refresh = ""
        return answer

    @operation
    def profile(self) -> Flow[JSON]:
        """Return the person's `id`, `email`, `firstName`, `lastName`, `email_verified` and `created`."""
        return self._ask("GET /core/profile")

    @operation
    def update_profile(self, *, first_name: str | None = None, last_name: str | None = None) -> Flow[JSON]:
        """Change the name and return the profile."""
        return self._ask("PATCH /core/profile", firstName=first_name, lastName=last_name)

    @operation
    def resend_verification(self) -> Flow[JSON]:
        """Send another mail that verifies the address."""
        return self._ask("POST /core/verify-email/resend")

    @operation
    def verify_email(self, token: str) -> Flow[JSON]:
        """Verify the address by the token at the end of the link in the mail."""
        return self._ask("GET /core/verify-email/{token}", token=token)

    @operation
    def request_password_reset(self, email: str) -> Flow[JSON]:
        """Send a mail with a link that resets the password."""
        return self._ask("POST /core/password-reset/request", email=email)

    @operation
    def confirm_password_reset(self, token: str, password: str) -> Flow[JSON]:
        """Set a new password by the token at the end of the link in the mail."""
        return self._ask("POST /core/password-reset/confirm/{token}", token=token, password=password)


class KeyOperations(Resource):
    """The API keys of the team."""

    @operation
    def list(self) -> Flow[Records]:
        """Return the keys, newest first, without their secrets."""
        return self._member("keys", "GET /api/keys")

    @operation
    def create(
        self,
        name: str,
        *,
        actions: Sequence[str] | None = None,
        databases: Sequence[str] | None = None,
        expires_at: str | None = None,
        web: Mapping[str, Any] | None = None,
    ) -> Flow[JSON]:
        """Create a key, by default to read, insert, write and delete. `key` of the result is shown only once."""
        return self._ask(
            "POST /api/keys", name=name, actions=actions, databases=databases, expires_at=expires_at, web=web
        )

    @operation
    def revoke(self, key_id: str) -> Flow[JSON]:
        """Revoke a key. It may work for another two seconds."""
        return self._ask("DELETE /api/keys/{key_id}", key_id=key_id)


class Account(AccountOperations, SyncResource):
    """The account of a person."""


class AsyncAccount(AccountOperations, AsyncResource):
    """The account of a person."""


class Keys(KeyOperations, SyncResource):
    """API keys."""


class AsyncKeys(KeyOperations, AsyncResource):
    """API keys."""
