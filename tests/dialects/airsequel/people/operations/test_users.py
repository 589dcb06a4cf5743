"""Requests about people."""

from __future__ import annotations

from dialects.airsequel.people.operations.users import (
    OPERATIONS,
    EmailRequest,
    LogInRequest,
    RegistrationRequest,
    ResetSubmission,
)
from tests.dialects.airsequel.people.support import SAMPLES


def test_the_published_requests_are_read() -> None:
    assert LogInRequest.parse(SAMPLES["POST /api/login"]["request"]).username == "john"
    assert RegistrationRequest.parse(SAMPLES["POST /api/users"]["request"]).email_address == "john@example.org"
    assert EmailRequest.parse(SAMPLES["POST /api/users/invite"]["request"]).email == "joe@example.com"
    submitted = ResetSubmission.parse(SAMPLES["POST /api/users/reset-password/submit"]["request"])
    assert submitted.reset_key == "joe@example.com"


def test_every_operation_has_a_name_of_its_own() -> None:
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS)
