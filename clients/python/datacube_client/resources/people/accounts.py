"""Accounts of people."""

from __future__ import annotations

from datacube_client.core.drivers import AsyncDriver, Driver
from datacube_client.core.effects import JSON, Flow
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, operation
from datacube_client.core.sending import Credentials, renew
from datacube_client.resources.people.security import AsyncSecondFactor, AsyncSessions, SecondFactor, Sessions


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
        """Use this person's tokens from now on. They are renewed when the access token has expired.

        With two-step sign-in it raises `SecondFactorRequiredError`; continue by `enter_code`.
        """
        tokens = yield from self._ask("POST /core/login", email=email, password=password)
        _use(tokens, self._driver.session.credentials)

    @operation
    def enter_code(self, challenge: str, code: str) -> Flow[None]:
        """Sign in by the `challenge` of a `SecondFactorRequiredError`, and a code of the app or for recovery."""
        tokens = yield from self._ask("POST /core/login/second-factor", challenge=challenge, code=code)
        _use(tokens, self._driver.session.credentials)

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


def _use(tokens: JSON, credentials: Credentials) -> None:
    credentials.access, credentials.refresh = tokens["access"], tokens["refresh"]


class Account(AccountOperations, SyncResource):
    """The account of a person."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self.second_factor = SecondFactor(driver)
        self.sessions = Sessions(driver)


class AsyncAccount(AccountOperations, AsyncResource):
    """The account of a person."""

    def __init__(self, driver: AsyncDriver) -> None:
        super().__init__(driver)
        self.second_factor = AsyncSecondFactor(driver)
        self.sessions = AsyncSessions(driver)
