"""Views of registration, verification and profiles under /core."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import render, services
from accounts import serializers as shapes
from accounts.views.base import (
    AUTHENTICATION,
    BEARER,
    NO_CREDENTIALS,
    CoreView,
    IsPerson,
    LimitedView,
    SignInView,
    body_of,
    person_of,
    request_example,
    response_example,
)

REGISTERED = {"message": "User registered successfully. Please check your email to verify your account."}
VERIFIED = {"message": "Email verified successfully!"}
SENT = {"message": "A new verification email has been sent."}
PROFILE = {
    "id": "1",
    "email": "developer@example.com",
    "firstName": "Alex",
    "lastName": "Dev",
    "email_verified": True,
    "created": "2025-01-31T12:00:00Z",
}


class RegisterView(SignInView):
    limited = "register"

    @extend_schema(
        operation_id="register",
        tags=AUTHENTICATION,
        summary="Register User",
        description=(
            "Create a new user account. A verification email will be sent upon successful registration. "
            "The response is the same for an address that already has an account; its owner gets a mail."
        ),
        auth=NO_CREDENTIALS,
        request=shapes.Registration,
        responses={201: shapes.MessageSerializer, 400: dict, 429: shapes.Detail},
        examples=[
            request_example(
                {
                    "email": "developer@example.com",
                    "firstName": "Alex",
                    "lastName": "Dev",
                    "password": "a-strong-and-secure-password",
                }
            ),
            response_example(REGISTERED, status=201),
        ],
    )
    def post(self, request: Request) -> Response:
        body = body_of(request, shapes.Registration)
        self.count_account(body["email"])
        services.people.register(**body)
        return Response(REGISTERED, status=201)


class VerifyEmailView(CoreView):
    envelope = staticmethod(render.published_error)
    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="verify_email",
        tags=AUTHENTICATION,
        summary="Verify Email",
        description="Open the link of the verification mail. Each link works once.",
        auth=NO_CREDENTIALS,
        request=None,
        responses={200: shapes.MessageSerializer, 400: shapes.PublishedError},
        examples=[response_example(VERIFIED)],
    )
    def get(self, request: Request, token: str) -> Response:
        services.people.verify_email(token)
        return Response(VERIFIED)


class ResendView(LimitedView):
    limited = "resend"
    permission_classes = [IsAuthenticated, IsPerson]

    @extend_schema(
        operation_id="resend_verification",
        auth=BEARER,
        tags=AUTHENTICATION,
        summary="Resend Verification Email",
        description="Send another verification mail to the address of your account.",
        request=None,
        responses={200: shapes.MessageSerializer, 400: shapes.Detail, 401: shapes.Detail, 429: shapes.Detail},
        examples=[response_example(SENT)],
    )
    def post(self, request: Request) -> Response:
        self.count_account(person_of(request).email)
        services.people.resend_verification(person_of(request).user_id)
        return Response(SENT)


class ProfileView(CoreView):
    permission_classes = [IsAuthenticated, IsPerson]

    @extend_schema(
        operation_id="get_profile",
        auth=BEARER,
        tags=AUTHENTICATION,
        summary="Get Profile",
        description="Your own account.",
        responses={200: shapes.ProfileShown, 401: shapes.Detail},
        examples=[response_example(PROFILE)],
    )
    def get(self, request: Request) -> Response:
        return Response(render.profile(services.people.profile(person_of(request).user_id)))

    @extend_schema(
        operation_id="update_profile",
        auth=BEARER,
        tags=AUTHENTICATION,
        summary="Update Profile",
        description="Change your names. Nothing else of an account can be changed here.",
        request=shapes.ProfileChange,
        responses={200: shapes.ProfileShown, 400: dict, 401: shapes.Detail},
        examples=[request_example({"firstName": "Alex"}), response_example(PROFILE)],
    )
    def patch(self, request: Request) -> Response:
        changes: dict[str, Any] = body_of(request, shapes.ProfileChange)
        return Response(render.profile(services.people.update_profile(person_of(request).user_id, **changes)))
