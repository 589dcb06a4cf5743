"""Links of account mails, and verification mails on the screen, as far as they need no database."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import resolve

from accounts.services import mails


@pytest.fixture(autouse=True)
def base_url(settings: Any) -> None:
    settings.BASE_URL = "https://data.example.com"


def test_a_verification_is_not_shown_if_mails_are_sent(settings: Any) -> None:
    """Any query is an error here: neither is a user read nor a token created."""
    settings.SHOWS_MAIL = False
    assert mails.shown_verification(1) is None


def test_links_for_programs_and_for_browsers() -> None:
    assert mails._links("/core/verify-email/", "/dashboard/verify/", "t0ken") == {
        "link": "https://data.example.com/core/verify-email/t0ken",
        "page": "https://data.example.com/dashboard/verify/t0ken",
    }


def test_links_to_request_a_reset_have_no_token() -> None:
    assert mails._reset_links() == {
        "link": "https://data.example.com/core/password-reset/request",
        "page": "https://data.example.com/dashboard/reset",
    }


@pytest.mark.parametrize("path", [mails.RESET_REQUEST, mails.RESET_PAGE, f"{mails.RESET_PAGE}/t0ken"])
def test_the_links_lead_to_routes(path: str) -> None:
    assert resolve(path).func
