"""Strict serializers of request bodies, and response schemas for the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from accounts.restrictions.networks import MAX_NETWORKS, MAX_REQUESTS
from engine import Action

ACTIONS = [action.value for action in Action]

CONTROL = re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029]")
NOT_ONE_LINE = "Must be one line, without control characters."


class TextField(serializers.CharField):
    """A string; other types are errors and are not converted."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class LineField(TextField):
    """A one-line string, such as a name."""

    default_error_messages = {"control": NOT_ONE_LINE}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if CONTROL.search(value):
            self.fail("control")
        return value


class AddressField(serializers.EmailField):
    """An e-mail address; other types are errors and are not converted."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NewPasswordField(TextField):
    """A new password, validated for strength and not trimmed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=1024, write_only=True, **kwargs)
        self.validators.append(validate_password)


class Registration(serializers.Serializer[Any]):
    email = AddressField(max_length=254)
    firstName = LineField(max_length=100, source="first_name")
    lastName = LineField(max_length=100, source="last_name")
    password = NewPasswordField()


class Credentials(serializers.Serializer[Any]):
    """Description for the OpenAPI document; the view reads the body itself to send the published errors."""

    email = AddressField()
    password = TextField(trim_whitespace=False)


class RefreshToken(serializers.Serializer[Any]):
    refresh = TextField(max_length=4096)


class OptionalRefreshToken(serializers.Serializer[Any]):
    refresh = TextField(max_length=4096, required=False)


class TokenPair(serializers.Serializer[Any]):
    refresh = serializers.CharField()
    access = serializers.CharField()


class EmailAddress(serializers.Serializer[Any]):
    email = AddressField(max_length=254)


class ResetPassword(serializers.Serializer[Any]):
    password = NewPasswordField()


class MessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class Detail(serializers.Serializer[Any]):
    detail = serializers.CharField()


class PublishedError(serializers.Serializer[Any]):
    error = serializers.CharField()
    detail = serializers.CharField()


class LoginError(serializers.Serializer[Any]):
    error = serializers.CharField()


class Strict(serializers.Serializer[Any]):
    """Serializer that rejects unknown properties, as a typo must not create a key with fewer restrictions.

    They are reported last, together with the errors of the fields.
    """

    unknown_text = "Unknown property."

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = sorted({*data} - {*self.fields}) if isinstance(data, Mapping) else []
        errors = {name: [self.unknown_text] for name in unknown}
        try:
            values: dict[str, Any] = super().to_internal_value(data)
        except serializers.ValidationError as error:
            by_field: Any = error.detail
            raise serializers.ValidationError({**by_field, **errors}) from error
        if errors:
            raise serializers.ValidationError(errors)
        return values


class ProfileChange(Strict):
    """Changes of the names. Any other property is an error."""

    unknown_text = "This field cannot be changed."

    firstName = LineField(max_length=100, required=False, source="first_name")
    lastName = LineField(max_length=100, required=False, source="last_name")


class ProfileShown(serializers.Serializer[Any]):
    id = serializers.CharField()
    email = serializers.EmailField()
    firstName = serializers.CharField()
    lastName = serializers.CharField()
    email_verified = serializers.BooleanField()
    created = serializers.DateTimeField()


def _text_list(*, max_items: int, length: int) -> serializers.ListField:
    return serializers.ListField(child=TextField(max_length=length), required=False, max_length=max_items)


class BrowserKeyRestrictions(Strict):
    """Restrictions of a browser key."""

    origins = _text_list(max_items=50, length=300)
    verbs = _text_list(max_items=5, length=6)
    paths = _text_list(max_items=50, length=200)
    realtime = _text_list(max_items=200, length=120)


class IntegerField(serializers.IntegerField):
    """An integer; other types are errors and are not converted."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return int(super().to_internal_value(data))


def _limit() -> IntegerField:
    return IntegerField(required=False, allow_null=True, min_value=1, max_value=MAX_REQUESTS)


class NewKey(Strict):
    """Name, scope and restrictions of a new key."""

    name = LineField(max_length=100)
    databases = serializers.ListField(
        child=TextField(max_length=24), required=False, allow_null=True, allow_empty=False, max_length=1000
    )
    actions = serializers.ListField(
        child=TextField(max_length=10), required=False, allow_empty=False, max_length=20
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    collections = serializers.JSONField(required=False, allow_null=True)
    web = BrowserKeyRestrictions(required=False, allow_null=True)
    addresses = serializers.ListField(
        child=TextField(max_length=50), required=False, allow_null=True, allow_empty=False, max_length=MAX_NETWORKS
    )
    rate = _limit()
    daily_quota = _limit()


class KeyChange(NewKey):
    """Members of a key to change."""

    name = LineField(max_length=100, required=False)


class Rotation(Strict):
    """How long the previous text of a key stays valid."""

    overlap_seconds = IntegerField(required=False, min_value=0, max_value=30 * 24 * 3600)


class KeyCollection(serializers.Serializer[Any]):
    """What a key may do with one collection."""

    actions = serializers.ListField(child=serializers.ChoiceField(ACTIONS))
    filter = serializers.DictField(required=False)


class _KeyScope(serializers.Serializer[Any]):
    databases = serializers.ListField(child=serializers.CharField(), allow_null=True)
    actions = serializers.ListField(child=serializers.ChoiceField(ACTIONS))
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_used_address = serializers.CharField(allow_null=True)
    addresses = serializers.ListField(child=serializers.CharField(), allow_null=True)
    rate = serializers.IntegerField(allow_null=True)
    daily_quota = serializers.IntegerField(allow_null=True)
    previous_expires_at = serializers.DateTimeField(allow_null=True)
    web = BrowserKeyRestrictions(required=False)
    collections = serializers.DictField(child=serializers.DictField(child=KeyCollection()), required=False)


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


class ManagedKeys(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    keys = ManagedKey(many=True)


class ManagedNewKey(ManagedKey):
    success = serializers.BooleanField()
    key = serializers.CharField()


class ManagedChangedKey(ManagedKey):
    success = serializers.BooleanField()


class ManagedMessage(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    message = serializers.CharField()


# Not a class: `errors` is a property of each serializer class.
ManagedError = inline_serializer(
    "ManagedError",
    {
        "success": serializers.BooleanField(),
        "message": serializers.CharField(),
        "errors": serializers.ListField(child=serializers.DictField()),
    },
)
