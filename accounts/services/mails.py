"""Account mails. Tasks call these functions and retry if the mail server fails."""

from __future__ import annotations

from django.conf import settings

from accounts import mail
from accounts.models import OneTimeToken, User
from accounts.services import one_time_tokens

RESET_REQUEST = "/core/password-reset/request"
RESET_PAGE = "/dashboard/reset"
SIGN_UP_PAGE = "/dashboard/register"


def verification(user_id: int) -> mail.OutgoingMail | None:
    """Compose the verification mail, with a new token. None if the address is verified or the user inactive."""
    user = _active(user_id)
    if user is None or user.email_verified_at is not None:
        return None
    token = one_time_tokens.make(user, purpose=OneTimeToken.Purpose.VERIFY)
    links = _links("/core/verify-email/", "/dashboard/verify/", token)
    return mail.compose(user.email, template="verify_email", **links, hours=settings.VERIFY_EMAIL_HOURS)


def shown_verification(user_id: int) -> mail.OutgoingMail | None:
    """Compose the verification mail to show it on the screen, if no mail server is configured; else None."""
    return verification(user_id) if settings.SHOWS_MAIL else None


def send_verification(user_id: int) -> None:
    """Send the verification mail, unless the user is inactive or the address is verified."""
    message = verification(user_id)
    if message is not None:
        mail.deliver(message)


def send_already_registered(user_id: int) -> None:
    """Notify a user that their address was registered again."""
    user = _active(user_id)
    if user is not None:
        mail.send(user.email, template="already_registered", **_reset_links())


def send_password_reset(user_id: int) -> None:
    """Send a reset link with a new token, if the user is active."""
    user = _active(user_id)
    if user is None:
        return
    token = one_time_tokens.make(user, purpose=OneTimeToken.Purpose.RESET)
    links = _links("/core/password-reset/confirm/", f"{RESET_PAGE}/", token)
    mail.send(user.email, template="password_reset", **links, minutes=settings.PASSWORD_RESET_MINUTES)


def send_password_changed(user_id: int) -> None:
    """Notify a user that their password was changed."""
    user = _active(user_id)
    if user is not None:
        mail.send(user.email, template="password_changed", **_reset_links())


def send_second_factor_changed(user_id: int, *, enabled: bool) -> None:
    """Notify a user that two-step sign-in was enabled or disabled."""
    user = _active(user_id)
    if user is not None:
        template = "second_factor_enabled" if enabled else "second_factor_disabled"
        mail.send(user.email, template=template, **_reset_links())


def send_sign_up_invitation(email: str) -> None:
    """Invite an address to register, unless it has been registered."""
    if User.objects.by_email(email) is None:
        mail.send(email, template="sign_up_invitation", page=mail.link(SIGN_UP_PAGE))


def _links(api: str, page: str, token: str) -> dict[str, str]:
    """Return the URLs of a token: `link` for programs and `page` for browsers."""
    return {"link": mail.link(api + token), "page": mail.link(page + token)}


def _reset_links() -> dict[str, str]:
    return _links(RESET_REQUEST, RESET_PAGE, "")


def _active(user_id: int) -> User | None:
    return User.objects.filter(pk=user_id, is_active=True).first()
