"""What the drill reads from the compose file and from `deploy/`."""

from __future__ import annotations

import re

import pytest

from tests.drill import compose

VALUES = {
    name: name.lower()
    for name in (
        *("BASE_URL", "ALLOWED_HOSTS", "SECRET_KEY", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "SITE_ADDRESS"),
        *("MONGODB_PASSWORD", "VALKEY_PASSWORD", "POSTGRES_PASSWORD"),
    )
}


def test_the_environment_has_values_in_place_of_variables() -> None:
    environment = compose.environment("web", VALUES)
    assert environment["DATABASE_URL"] == "postgres://datacube:postgres_password@postgres:5432/datacube"
    assert environment["TRUSTED_PROXIES"] == "1"
    assert not [text for text in environment.values() if "$" in text]
    assert compose.environment("proxy", VALUES)["WEB_UPSTREAMS"] == "web:8000"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        compose.environment("web", {})


def test_streams_differ_from_web() -> None:
    assert set(compose.beyond("streams", "web")) == {"WEB_WORKERS", "STOP_SECONDS"}


def test_commands() -> None:
    assert compose.command("worker")[:2] == ["celery", "-A"]
    options = compose.mongod_options()
    assert "transactionLifetimeLimitSeconds=35" in options
    assert not {"mongod", "--keyFile", "--bind_ip_all"} & set(options)


def test_the_user_of_mongodb_may_end_abandoned_transactions() -> None:
    roles, privileges = compose.mongodb_rights()
    assert roles[-1] == "datacubeSessions"
    assert privileges == [{"resource": {"cluster": True}, "actions": ["killAnySession"]}]


def test_the_proxy_gets_every_variable_of_its_configuration() -> None:
    names = set(re.findall(r"\{\$(\w+)", compose.CADDYFILE.read_text()))
    assert names == set(compose.environment("proxy", VALUES))
