"""The bodies that accounts read, strictly, and the shapes that the OpenAPI document shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from rest_framework import serializers

from engine import Action

ACTIONS = [action.value for action in Action]

_CONTROL = re.compile(r"[\x01-\x1f\x7f\u0085\u2028\u2029]")


class Text(serializers.CharField):
    """A string, and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Line(Text):
    """A string that a person reads in one line, such as a name."""

    default_error_messages = {"control": "Must be one line, without control characters."}

    def to_internal_value(self, data: Any) -> str:
        found = super().to_internal_value(data)
        if _CONTROL.search(found):
            self.fail("control")
        return found


class Address(serializers.EmailField):
    """An e-mail address, given as a string."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NewPassword(Text):
    """A password that is strong enough; its blanks are kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=1024, write_only=True, **kwargs)
        self.validators.append(validate_password)


class Registration(serializers.Serializer):
    email = Address(max_length=254)
    firstName = Line(max_length=100, source="first_name")
    lastName = Line(max_length=100, source="last_name")
    password = NewPassword()


class Credentials(serializers.Serializer):
    """Read by hand in the view, whose answers are published; this is its description."""

    email = Address()
    password = Text(trim_whitespace=False)


class RefreshToken(serializers.Serializer):
    refresh = Text(max_length=4096)


class OptionalRefreshToken(serializers.Serializer):
    refresh = Text(max_length=4096, required=False)


class TokenPair(serializers.Serializer):
    refresh = serializers.CharField()
    access = serializers.CharField()


class EmailAddress(serializers.Serializer):
    email = Address(max_length=254)


class ResetPassword(serializers.Serializer):
    password = NewPassword()


class Message(serializers.Serializer):
    message = serializers.CharField()


class Detail(serializers.Serializer):
    detail = serializers.CharField()


class PublishedError(serializers.Serializer):
    error = serializers.CharField()
    detail = serializers.CharField()


class LoginError(serializers.Serializer):
    error = serializers.CharField()


class ProfileChange(serializers.Serializer):
    """The names alone: a body that holds anything else is refused, whatever its value."""

    firstName = Line(max_length=100, required=False, source="first_name")
    lastName = Line(max_length=100, required=False, source="last_name")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        foreign = sorted(set(self.initial_data) - set(self.fields))
        if foreign:
            raise serializers.ValidationError({name: ["This field cannot be changed."] for name in foreign})
        return attrs


class ProfileShown(serializers.Serializer):
    id = serializers.CharField()
    email = serializers.EmailField()
    firstName = serializers.CharField()
    lastName = serializers.CharField()
    email_verified = serializers.BooleanField()
    created = serializers.DateTimeField()


def _texts(*, most: int, length: int) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=length), required=False, max_length=most)


class Strict(serializers.Serializer):
    """Refuses members that it does not know: a mistyped one must not make a key that is bound less."""

    title = ""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        foreign = sorted({*data} - {*self.fields}) if isinstance(data, Mapping) else []
        if foreign:
            raise serializers.ValidationError(
                {name: [f"There is no such member of {self.title}."] for name in foreign}
            )
        return super().to_internal_value(data)


class WebKey(Strict):
    """What restricts a key that lies open in web pages."""

    title = "a web key"
    origins = _texts(most=50, length=300)
    verbs = _texts(most=5, length=6)
    paths = _texts(most=50, length=200)
    realtime = _texts(most=200, length=120)


class NewKey(Strict):
    """What a new key is called, and what it may do where."""

    title = "a key"
    name = Line(max_length=100)
    databases = serializers.ListField(
        child=Text(max_length=24), required=False, allow_null=True, allow_empty=False, max_length=1000
    )
    actions = serializers.ListField(child=Text(max_length=10), required=False, allow_empty=False, max_length=20)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    web = WebKey(required=False, allow_null=True)


class _KeyScope(serializers.Serializer):
    databases = serializers.ListField(child=serializers.CharField(), allow_null=True)
    actions = serializers.ListField(child=serializers.ChoiceField(ACTIONS))
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    web = WebKey(required=False)


class CoreKey(_KeyScope):
    _id = serializers.CharField()
    user_id = serializers.CharField()
    name = serializers.CharField()
    key_display = serializers.CharField()
    is_active = serializers.BooleanField()


class CoreNewKey(_KeyScope):
    message = serializers.CharField()
    key = serializers.CharField()
    _id = serializers.CharField()
    name = serializers.CharField()


class ManagedKey(_KeyScope):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField()


class ManagedKeys(serializers.Serializer):
    success = serializers.BooleanField()
    keys = ManagedKey(many=True)


class ManagedNewKey(ManagedKey):
    success = serializers.BooleanField()
    key = serializers.CharField()


class ManagedMessage(serializers.Serializer):
    success = serializers.BooleanField()
    message = serializers.CharField()


class ManagedError(serializers.Serializer):
    success = serializers.BooleanField()
    message = serializers.CharField()
    errors = serializers.ListField(child=serializers.DictField())
