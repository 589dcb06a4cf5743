"""Serializers of second factors."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.serializers import Strict, TextField

MAX_CODE_LENGTH = 64


class SecondStep(Strict):
    """The second step of signing in."""

    challenge = TextField(max_length=4096)
    code = TextField(max_length=MAX_CODE_LENGTH)


class CodeAlone(Strict):
    code = TextField(max_length=MAX_CODE_LENGTH)


class PasswordAlone(Strict):
    password = TextField(trim_whitespace=False, max_length=1024)


class PasswordAndCode(PasswordAlone):
    code = TextField(max_length=MAX_CODE_LENGTH)


class SecondFactorStatus(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()
    enabled_at = serializers.DateTimeField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()


class NewSecondFactor(serializers.Serializer[Any]):
    secret = serializers.CharField()
    uri = serializers.CharField()


class RecoveryCodes(serializers.Serializer[Any]):
    recovery_codes = serializers.ListField(child=serializers.CharField())
