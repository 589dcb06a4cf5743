"""Views of logging in and out, refreshing tokens and resetting passwords under /core."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import render, services
from accounts import serializers as shapes
from accounts.authentication import authenticate
from accounts.views.base import (
    AUTHENTICATION,
    NO_CREDENTIALS,
    OPTIONAL_BEARER,
    CoreView,
    SignInView,
    body_of,
    request_example,
    response_example,
)
from accounts.views.limits import client_of, code_required, count_code_attempt
from accounts.views.serializers.second_factor import SecondStep
from engine import Invalid

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJI..."
LOGGED_OUT = {"message": "Logged out successfully."}
RESET_SENT = {"message": "If an account with that email exists, a password reset link has been sent."}
RESET_DONE = {"message": "Your password has been reset successfully. You can now log in."}


class LoginView(SignInView):
    limited = "login"
    envelope = staticmethod(render.login_error)

    @extend_schema(
        operation_id="login",
        tags=AUTHENTICATION,
        summary="Login (Get JWT)",
        description=(
            "Authenticate with your email and password to receive a short-lived Access Token and a "
            "long-lived Refresh Token."
        ),
        auth=NO_CREDENTIALS,
        request=shapes.Credentials,
        responses={
            200: shapes.TokenPair,
            400: shapes.LoginError,
            401: shapes.LoginError,
            429: shapes.LoginError,
        },
        examples=[
            request_example({"email": "developer@example.com", "password": "a-strong-and-secure-password"}),
            response_example({"refresh": TOKEN, "access": TOKEN}),
        ],
    )
    def post(self, request: Request) -> Response:
        email, password = _credentials(request.data)
        self.count_account(email)
        outcome = services.sessions.log_in(email, password=password, client=client_of(request))
        if isinstance(outcome, services.second_factor.challenges.Challenge):
            raise code_required(outcome)
        return Response(_pair(outcome))


class SecondFactorLoginView(SignInView):
    """The second step of signing in, for accounts with a second factor."""

    limited = "second-factor"
    envelope = staticmethod(render.login_error)

    @extend_schema(
        operation_id="login_second_factor",
        tags=AUTHENTICATION,
        summary="Login, Second Step",
        description=(
            "Send the `challenge` of a login that answered `second_factor_required`, and the code of your "
            "authenticator app or a recovery code."
        ),
        auth=NO_CREDENTIALS,
        request=SecondStep,
        responses={200: shapes.TokenPair, 400: shapes.LoginError, 401: shapes.LoginError, 429: shapes.LoginError},
        examples=[
            request_example({"challenge": TOKEN, "code": "492039"}),
            response_example({"refresh": TOKEN, "access": TOKEN}),
        ],
    )
    def post(self, request: Request) -> Response:
        body = body_of(request, SecondStep)
        count_code_attempt(body["challenge"])
        tokens = services.sessions.log_in_with_code(body["challenge"], code=body["code"], client=client_of(request))
        return Response(_pair(tokens))


_REFRESH: dict[str, Any] = {
    "tags": AUTHENTICATION,
    "summary": "Refresh Token",
    "description": "Exchange a Refresh Token for a new pair. Each one works once: using it again ends the session.",
    "auth": NO_CREDENTIALS,
    "request": shapes.RefreshToken,
    "responses": {200: shapes.TokenPair, 400: dict, 401: shapes.Detail, 429: shapes.Detail},
    "examples": [request_example({"refresh": TOKEN}), response_example({"refresh": TOKEN, "access": TOKEN})],
}


class RefreshView(SignInView):
    limited = "refresh"

    @extend_schema(operation_id="refresh_token", **_REFRESH)
    def post(self, request: Request) -> Response:
        return Response(_pair(services.sessions.refresh(body_of(request, shapes.RefreshToken)["refresh"])))


class RefreshViewV2(RefreshView):
    """The same view at the URL of the second generation of clients."""

    @extend_schema(operation_id="refresh_token_v2", **_REFRESH)
    def post(self, request: Request) -> Response:
        return super().post(request)


class LogoutView(CoreView):
    """Log out by refresh token or access token. With a refresh token, an expired access token is ignored."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="logout",
        auth=OPTIONAL_BEARER,
        tags=AUTHENTICATION,
        summary="Logout",
        description="End the session of a Refresh Token or, without a body, of the Access Token in the header.",
        request=shapes.OptionalRefreshToken,
        responses={200: shapes.MessageSerializer, 400: dict, 401: shapes.Detail},
        examples=[request_example({"refresh": TOKEN}), response_example(LOGGED_OUT)],
    )
    def post(self, request: Request) -> Response:
        refresh_token = body_of(request, shapes.OptionalRefreshToken).get("refresh")
        caller = authenticate(request.headers.get("Authorization")) if refresh_token is None else None
        services.sessions.log_out(refresh_token, principal=caller)
        return Response(LOGGED_OUT)


class PasswordResetRequestView(SignInView):
    limited = "reset-request"

    @extend_schema(
        operation_id="request_password_reset",
        tags=AUTHENTICATION,
        summary="Request Password Reset",
        description="Mail a link to set a new password. The response is the same for unknown addresses.",
        auth=NO_CREDENTIALS,
        request=shapes.EmailAddress,
        responses={200: shapes.MessageSerializer, 400: dict, 429: shapes.Detail},
        examples=[request_example({"email": "developer@example.com"}), response_example(RESET_SENT)],
    )
    def post(self, request: Request) -> Response:
        email = body_of(request, shapes.EmailAddress)["email"]
        self.count_account(email)
        services.passwords.request_password_reset(email)
        return Response(RESET_SENT)


class PasswordResetConfirmView(SignInView):
    limited = "reset-confirm"
    envelope = staticmethod(render.published_error)

    @extend_schema(
        operation_id="confirm_password_reset",
        tags=AUTHENTICATION,
        summary="Confirm Password Reset",
        description="Set a new password with the link of the mail, once. Every session is ended.",
        auth=NO_CREDENTIALS,
        request=shapes.ResetPassword,
        responses={200: shapes.MessageSerializer, 400: dict, 429: shapes.Detail},
        examples=[request_example({"password": "a-strong-and-secure-password"}), response_example(RESET_DONE)],
    )
    def post(self, request: Request, token: str) -> Response:
        body = body_of(request, shapes.ResetPassword)
        services.passwords.confirm_password_reset(token, password=body["password"], client=client_of(request))
        return Response(RESET_DONE)


def _credentials(body: Any) -> tuple[str, str]:
    values = tuple(body.get(name) for name in ("email", "password"))
    if not all(isinstance(value, str) and value for value in values):
        raise Invalid("Email and password are required")
    return values


def _pair(tokens: services.sessions.Tokens) -> dict[str, str]:
    return {"refresh": tokens.refresh, "access": tokens.access}
