"""The doctor's checks of settings: one test with a broken setting each."""

from __future__ import annotations

from typing import Any

import pytest

from datacube.doctor import configuration
from datacube.doctor.finding import Finding, Health

PRODUCTION = {
    "EMBEDDED": False,
    "ALLOWED_HOSTS": ["data.example.com"],
    "BASE_URL": "https://data.example.com",
    "TRUSTED_PROXIES": 1,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "BACKUP_HOURS": 24,
    "SECRET_KEY": "9b1d1f0c7a6e45d2837fb04a5ce2d6980f3b7e21c04d7f9a8e6b5512",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}


def problems(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.part, finding.text) for finding in findings if finding.state != Health.OK]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("QUERY_TIMEOUT", "soon", "must be a number"),
        ("MAX_BODY_BYTES", "16MB", "must be a whole number"),
        ("MAX_BODY_BYTES", "", "is empty; it must be a whole number"),
        ("MAX_KEYS", "-1", "must not be negative"),
        ("DEBUG", "perhaps", "must be true or false"),
        ("AIRSEQUEL_LOCATION", "{", "must be JSON"),
        ("WEB_WORKERS", "two", "must be a whole number"),
        ("QUERY_TIMOUT", "3", "is not a setting"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(name: str, text: str, message: str) -> None:
    assert problems([*configuration.readable({name: text})]) == [(name, message)]


def test_all_unreadable_settings_are_reported_at_once_without_their_text() -> None:
    findings = [*configuration.readable({"MAX_KEYS": "hunter2", "CACHE_SECONDS": "hunter2", "PATH": "/bin"})]
    assert [part for part, _ in problems(findings)] == ["CACHE_SECONDS", "MAX_KEYS"]
    assert "hunter2" not in str(findings)


def test_a_misspelled_setting_gets_the_name_that_was_meant() -> None:
    (finding, _) = configuration.readable({"SECRETKEY": "x"})
    assert (finding.state, finding.advice) == (Health.WARNING, "did you mean SECRET_KEY?")


def test_readable_settings_are_fine() -> None:
    (finding,) = configuration.readable({"MAX_KEYS": "10", "DEBUG": "false", "HOST": "0.0.0.0", "PORT": "0"})
    assert finding.lines() == ["ok       settings: 4 are set, and all can be read"]


@pytest.fixture
def production(settings: Any) -> Any:
    for name, value in PRODUCTION.items():
        setattr(settings, name, value)
    return settings


@pytest.mark.slow  # Django's checks import every view
def test_a_production_installation_is_fine(production: Any) -> None:
    assert problems([*configuration.suitable()]) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "part", "state"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY", Health.PROBLEM),
        ("SECRET_KEY", "a" * 60, "SECRET_KEY", Health.PROBLEM),
        ("DEBUG", True, "DEBUG", Health.PROBLEM),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS", Health.PROBLEM),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS", Health.PROBLEM),
        ("BASE_URL", "http://data.example.com", "BASE_URL", Health.WARNING),
        ("TRUSTED_PROXIES", 0, "TRUSTED_PROXIES", Health.WARNING),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "EMAIL_URL", Health.WARNING),
        ("BACKUP_HOURS", 0, "BACKUP_HOURS", Health.WARNING),
        ("SESSION_COOKIE_SECURE", False, "check security.W010", Health.WARNING),
    ],
)
def test_a_value_that_does_not_suit_is_reported(
    production: Any, name: str, value: Any, part: str, state: Health
) -> None:
    setattr(production, name, value)
    matching = [finding for finding in configuration.suitable() if finding.part == part]
    assert [finding.state for finding in matching] == [state]
    assert all(finding.advice for finding in matching)
