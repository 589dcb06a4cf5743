"""Views of the caller's second factor under /core/second-factor."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import render
from accounts import serializers as shapes
from accounts.services.second_factor import enrolment
from accounts.views.base import (
    AUTHENTICATION,
    BEARER,
    IsPerson,
    LimitedView,
    body_of,
    person_of,
    request_example,
    response_example,
)
from accounts.views.limits import count_own_code_attempt
from accounts.views.serializers.second_factor import (
    CodeAlone,
    NewSecondFactor,
    PasswordAlone,
    PasswordAndCode,
    RecoveryCodes,
    SecondFactorStatus,
)

PASSWORD = "a-strong-and-secure-password"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/DataCube:developer%40example.com?secret={SECRET}&issuer=DataCube"
CODES = {"recovery_codes": ["bq7m-x2kd-vn4r-8hts", "j3wp-c9fz-ya6e-u5gk"]}
DISABLED = {"message": "Two-step sign-in is disabled."}
_ERRORS = {400: dict, 401: shapes.Detail, 403: shapes.Detail, 409: shapes.Detail, 429: shapes.Detail}


class OwnFactorView(LimitedView):
    """A view of the caller's second factor. Passwords and codes are counted."""

    limited = "second-factor"
    permission_classes = [IsAuthenticated, IsPerson]


class SecondFactorView(OwnFactorView):
    @extend_schema(
        operation_id="get_second_factor",
        tags=AUTHENTICATION,
        auth=BEARER,
        summary="Get Two-Step Sign-In",
        description="Whether signing in to your account needs a code, and how many recovery codes are left.",
        responses={200: SecondFactorStatus, 401: shapes.Detail, 403: shapes.Detail},
        examples=[
            response_example({"enabled": True, "enabled_at": "2025-01-31T12:00:00Z", "recovery_codes_left": 10})
        ],
    )
    def get(self, request: Request) -> Response:
        return Response(render.second_factor(enrolment.status(person_of(request))))

    @extend_schema(
        operation_id="enrol_second_factor",
        tags=AUTHENTICATION,
        auth=BEARER,
        summary="Enrol in Two-Step Sign-In",
        description="Create a secret for an authenticator app. It is in force once it is confirmed with a code.",
        request=PasswordAlone,
        responses={201: NewSecondFactor, **_ERRORS},
        examples=[
            request_example({"password": PASSWORD}),
            response_example({"secret": SECRET, "uri": URI}, status=201),
        ],
    )
    def post(self, request: Request) -> Response:
        body = body_of(request, PasswordAlone)
        self.count_account(person_of(request).email)
        created = enrolment.enrol(person_of(request), password=body["password"])
        return Response({"secret": created.secret, "uri": created.uri}, status=201)


class ConfirmSecondFactorView(OwnFactorView):
    @extend_schema(
        operation_id="confirm_second_factor",
        tags=AUTHENTICATION,
        auth=BEARER,
        summary="Confirm Two-Step Sign-In",
        description="Enable two-step sign-in with a code of the app. Only this response has the recovery codes.",
        request=CodeAlone,
        responses={200: RecoveryCodes, **_ERRORS},
        examples=[request_example({"code": "492039"}), response_example(CODES)],
    )
    def post(self, request: Request) -> Response:
        body = body_of(request, CodeAlone)
        count_own_code_attempt(person_of(request))
        return Response({"recovery_codes": enrolment.confirm(person_of(request), code=body["code"])})


class RecoveryCodesView(OwnFactorView):
    @extend_schema(
        operation_id="renew_recovery_codes",
        tags=AUTHENTICATION,
        auth=BEARER,
        summary="Renew Recovery Codes",
        description="Replace all recovery codes. Needs the password and a code of the app or a recovery code.",
        request=PasswordAndCode,
        responses={200: RecoveryCodes, **_ERRORS},
        examples=[request_example({"password": PASSWORD, "code": "492039"}), response_example(CODES)],
    )
    def post(self, request: Request) -> Response:
        body = body_of(request, PasswordAndCode)
        self.count_account(person_of(request).email)
        count_own_code_attempt(person_of(request))
        return Response({"recovery_codes": enrolment.renew_recovery_codes(person_of(request), **body)})


class DisableSecondFactorView(OwnFactorView):
    @extend_schema(
        operation_id="disable_second_factor",
        tags=AUTHENTICATION,
        auth=BEARER,
        summary="Disable Two-Step Sign-In",
        description="Remove the second step. Needs the password and a code of the app or a recovery code.",
        request=PasswordAndCode,
        responses={200: shapes.MessageSerializer, **_ERRORS},
        examples=[request_example({"password": PASSWORD, "code": "492039"}), response_example(DISABLED)],
    )
    def post(self, request: Request) -> Response:
        body = body_of(request, PasswordAndCode)
        self.count_account(person_of(request).email)
        count_own_code_attempt(person_of(request))
        enrolment.disable(person_of(request), **body)
        return Response(DISABLED)
