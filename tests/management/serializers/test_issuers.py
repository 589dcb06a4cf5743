"""The requests and responses of external identity providers."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers

from management.serializers import issuers
from management.serializers.fields import RequestSerializer, parse
from management.serializers.issuers import (
    AddIssuerRequest,
    AlgorithmField,
    ChangeIssuerRequest,
    IssuerRequest,
    RolesField,
)
from tests.management.serializers.support import DATABASE, errors_of, example_errors, example_of, responses_of

ISSUER = {"database_id": DATABASE, "issuer_id": "i"}
MEMBERS = ("name", "algorithm", "key", "issuer", "audience", "roles", "private")


@pytest.mark.parametrize("shape", [AddIssuerRequest, ChangeIssuerRequest, IssuerRequest])
def test_the_example_of_a_request_is_valid(shape: type[RequestSerializer]) -> None:
    assert parse(shape, example_of(shape)) == example_of(shape)


@pytest.mark.parametrize("value", [None, 7, "", [], {"x": 1}])
def test_members_that_the_service_checks_are_passed_on(value: Any) -> None:
    members = dict.fromkeys(MEMBERS, value)
    assert parse(AddIssuerRequest, {"database_id": DATABASE, **members}) == {"database_id": DATABASE, **members}
    assert parse(ChangeIssuerRequest, {**ISSUER, **members}) == {**ISSUER, **members}


def test_an_absent_member_stays_absent() -> None:
    assert parse(ChangeIssuerRequest, {**ISSUER, "other": 1}) == ISSUER
    assert parse(AddIssuerRequest, {"database_id": DATABASE}) == {"database_id": DATABASE}


@pytest.mark.parametrize(
    ("shape", "values", "errors"),
    [
        (AddIssuerRequest, {}, [("database_id", "database_id is required")]),
        (AddIssuerRequest, {"database_id": []}, [("database_id", "database_id must be a string without NUL")]),
        (ChangeIssuerRequest, {"database_id": DATABASE}, [("issuer_id", "issuer_id is required")]),
        (IssuerRequest, {}, [("database_id", "database_id is required"), ("issuer_id", "issuer_id is required")]),
        (IssuerRequest, {**ISSUER, "issuer_id": "a\0"}, [("issuer_id", "issuer_id must be a string without NUL")]),
        (IssuerRequest, {**ISSUER, "dry_run": True}, [("dry_run", "Unknown parameter dry_run.")]),
    ],
)
def test_requests_that_are_refused(
    shape: type[RequestSerializer], values: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert errors_of(shape, values) == errors


def test_a_new_provider_needs_what_a_change_may_leave_out() -> None:
    required = [
        {name for name, field in shape().fields.items() if field.required}
        for shape in (AddIssuerRequest, ChangeIssuerRequest)
    ]
    assert required == [{"database_id", "name", "algorithm", "key"}, {"database_id", "issuer_id"}]


@pytest.mark.parametrize(
    ("roles", "is_valid"),
    [
        ({}, True),
        ({"customer": {"orders": ["GET", "POST", "PUT", "PATCH", "DELETE"], "*": []}}, True),
        ({"customer": {"orders": ["READ"]}}, False),
        ({"customer": {"orders": ["get"]}}, False),
        ({"customer": ["GET"]}, False),
        ([], False),
    ],
)
def test_roles_are_described_as_verbs_by_collection(roles: Any, is_valid: bool) -> None:
    if is_valid:
        assert RolesField().run_validation(roles) == roles
        return
    with pytest.raises(serializers.ValidationError):
        RolesField().run_validation(roles)


def test_the_algorithms_are_described() -> None:
    assert list(AlgorithmField().choices) == ["HS256", "RS256"]


@pytest.mark.parametrize("shape", responses_of(issuers).values(), ids=responses_of(issuers))
def test_the_example_of_a_response_is_valid_and_has_no_key(shape: Any) -> None:
    assert example_errors(shape) == {}
    issuer = shape().fields.get("issuer") or shape().fields["issuers"].child
    assert "key" not in issuer.fields
    assert {name for name, field in issuer.fields.items() if field.allow_null} == {
        "public_key",
        "issuer",
        "audience",
    }
