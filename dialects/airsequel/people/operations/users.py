"""The operations of people and their sessions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from dialects.airsequel.people.operations.types import Email, Line, Secret
from dialects.airsequel.shapes import PERSON, PUBLIC, operation
from web.operations import RequestModel

KEY_VARIABLES = {
    "password_reset_key": "The secret of a mail that resets a password.",
    "email_verification_key": "The secret of a mail that verifies an address.",
}
_LIMITED = {"429": "Too many requests for the account or from the network address."}
Html = Annotated[str, WithJsonSchema({"type": "string"}), Field(examples=["<!doctype html>…"])]


class RegistrationRequest(RequestModel):
    username: Line = Field(description="Letters, digits and `.`, `_`, `-`; in any case.", examples=["john"])
    email_address: Email = Field(examples=["john@example.org"])
    password: Secret = Field(description="8 characters or more.", examples=["a-strong-and-secure-password"])


class LogInRequest(RequestModel):
    username: Line = Field(description="A username, or an e-mail address.", examples=["john"])
    password: Secret = Field(examples=["a-strong-and-secure-password"])
    code: Secret | None = Field(
        None, description="The code of the authenticator app, for accounts with two-step sign-in; not published."
    )


class EmailRequest(RequestModel):
    email: Email = Field(examples=["joe@example.com"])


class ResetSubmission(RequestModel):
    reset_key: Secret = Field(alias="resetKey", description="The secret of the mail.", examples=["hRk3…"])
    password: Secret = Field(examples=["a-strong-and-secure-password"])


class NewPasswordForm(RequestModel):
    password: Secret = Field(examples=["a-strong-and-secure-password"])


class Billing(TypedDict):
    email_address: Annotated[str | None, Field(examples=["billing@good-corp.com"])]
    plan: str | None
    subscription_id: Annotated[int | None, Field(examples=[1])]


class TeamSummary(TypedDict):
    billing: Billing | None
    name: Annotated[str, Field(examples=["Team 1"])]
    numberOfDatabases: Annotated[int, Field(examples=[1])]


class SignedIn(TypedDict):
    sessionToken: Annotated[str, Field(examples=["ANnlP4ZQt2CFcaKsCuuGVc0SNNjQ4Ujm"])]
    teams: list[TeamSummary]
    username: Annotated[str, Field(examples=["john"])]


class AirsequelUser(TypedDict):
    serverRoles: Annotated[list[str], Field(examples=[["admin"]])]
    teams: list[TeamSummary]
    username: Annotated[str, Field(examples=["john"])]


def _page(verb: str, path: str, name: str, summary: str, text: str, **extra: Any) -> Any:
    """Build the operation of an HTML page."""
    options = {"security": PUBLIC, "answer_media": "text/html", "answer": Html, **extra}
    options["has_error_pages"] = verb == "post"
    return operation(verb, path, name, summary, text, variables=KEY_VARIABLES, **options)


_RESET_PAGE, _VERIFY_PAGE = "/password-reset/{password_reset_key}", "/verify-email/{email_verification_key}"
_FORM = {"body": NewPasswordForm, "media": "application/x-www-form-urlencoded", "errors": _LIMITED}

OPERATIONS = (
    operation(
        "post",
        "/api/login",
        "log_in",
        "Log In",
        "Start a session. Its token is for the header `Authorization: Bearer …`; it is in this answer alone.",
        security=PUBLIC,
        body=LogInRequest,
        answer=SignedIn,
        errors=_LIMITED,
    ),
    operation(
        "post",
        "/api/logout",
        "log_out",
        "Log Out",
        "End the session of the token in the header.",
        security=PERSON,
    ),
    operation(
        "post",
        "/api/users",
        "register",
        "Register a Person",
        "Create an account with a personal team, and mail a link that verifies the address. The answer is the same "
        "for an address that has an account.",
        security=PUBLIC,
        body=RegistrationRequest,
        errors={"409": "The username is taken.", **_LIMITED},
    ),
    operation(
        "get",
        "/api/users/{username}",
        "read_user",
        "Read a Person",
        "The caller's own account; for an administrator of the installation every account.",
        variables={"username": "A username."},
        security=PERSON,
        answer=AirsequelUser,
    ),
    operation(
        "post",
        "/api/users/invite",
        "invite_user",
        "Invite a Person",
        "Mail an invitation to register. For administrators of the installation.",
        security=PERSON,
        body=EmailRequest,
    ),
    operation(
        "post",
        "/api/users/reset-password",
        "request_password_reset",
        "Request a Password Reset",
        "Mail a link that sets a new password. The answer is the same for an unknown address.",
        security=PUBLIC,
        body=EmailRequest,
        errors=_LIMITED,
    ),
    operation(
        "post",
        "/api/users/reset-password/submit",
        "submit_password_reset",
        "Set a New Password",
        "Set a password with the secret of the mail, once. Ends all sessions.",
        security=PUBLIC,
        body=ResetSubmission,
        errors=_LIMITED,
    ),
    _page("get", _RESET_PAGE, "password_reset_page", "Password Reset Page", "A form for a new password."),
    _page("post", _RESET_PAGE, "password_reset_form", "Password Reset Form", "What that form sends.", **_FORM),
    _page("get", _VERIFY_PAGE, "verify_email_page", "Address Verification Page", "Asks whether to verify."),
    _page("post", _VERIFY_PAGE, "verify_email_form", "Address Verification Form", "Verifies the address, once."),
)
