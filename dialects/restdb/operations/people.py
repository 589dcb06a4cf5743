"""The operations of users and mails."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from dialects.restdb.operations.shapes import BASE, FILE_ID, Done, one_or_many, operation

User = Annotated[
    dict[str, Any],
    Field(examples=[{"_id": "60c72b2f9b1d8b1a2d3e4568", "email": "joe@example.com", "roles": ["customer"]}]),
]
_MAIL = {"to": "joe@example.com", "subject": "Hello", "html": "<p>Hello!</p>", "sendername": "The shop"}
Mails = Annotated[Any, one_or_many(_MAIL)]


class TokenOptions(TypedDict):
    """The claims of a token, and the issuer that signs it."""

    secret: Annotated[str, Field(examples=["Auth0"])]
    payload: Annotated[dict[str, Any], Field(examples=[{"email": "joe@example.com"}])]
    algorithm: NotRequired[str]
    issuer: NotRequired[str]
    audience: NotRequired[str]
    subject: NotRequired[str]
    expiresIn: NotRequired[Annotated[Any, WithJsonSchema({"examples": ["2h"]})]]


class SignedToken(TypedDict):
    jwt: Annotated[str, Field(examples=["eyJhbGciOi…"])]


class MailRecord(TypedDict):
    email_outbound_id: Annotated[str, Field(examples=[FILE_ID])]


class SentMails(TypedDict):
    result: list[MailRecord]


OPERATIONS = (
    operation(
        "post",
        f"{BASE}/mail",
        "mail_send",
        "Send Mails",
        "A mail, or an array of them; each becomes a record in `email_outbound`, and is sent in the background.",
        body=Mails,
        responses={201: SentMails},
    ),
    operation(
        "get",
        f"{BASE}/auth/userinfo",
        "auth_userinfo",
        "Who Am I",
        "The document of `users` that the token of an outside identity provider names.",
        responses={200: User},
    ),
    operation(
        "post",
        f"{BASE}/auth/jwt",
        "auth_jwt",
        "Sign a Token",
        "For servers, with a full-access key that has every right on documents: a token signed with the secret of "
        "an issuer of the database, which `secret` names.",
        body=TokenOptions,
        responses={200: SignedToken},
    ),
    operation(
        "post",
        f"{BASE}/auth/logout",
        "auth_logout",
        "Log Out",
        "Acknowledges that a client discards its token. Nothing is revoked: a token ends when it expires, or as "
        "soon as `active` of its user is false.",
        responses={200: Done},
    ),
)
