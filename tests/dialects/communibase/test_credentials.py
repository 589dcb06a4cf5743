"""Credentials of requests: which of them counts, and how keys and tokens reach the platform's authentication."""

from __future__ import annotations

import pytest

import engine
from dialects.communibase.credentials import principal_of
from tests.dialects.communibase.support import Communibase, failed
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import NO_CREDENTIALS

KEY, TOKEN = "HTTP_X_API_KEY", "HTTP_X_ACCESS_TOKEN"
NO_KEY = "Invalid API Key."


@pytest.mark.parametrize(
    ("environ", "params"),
    [({}, {}), ({KEY: "", TOKEN: ""}, {"api_key": "", "token": ""}), ({"HTTP_AUTHORIZATION": "  "}, {})],
)
def test_without_credentials(environ: dict[str, str], params: dict[str, str]) -> None:
    with pytest.raises(engine.Unauthenticated, match=NO_CREDENTIALS):
        principal_of(environ, params)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("environ", "params", "is_key"),
    [
        ({KEY: "dc_x"}, {}, True),
        ({}, {"api_key": "dc_x"}, True),
        ({TOKEN: "t"}, {}, False),
        ({}, {"token": "t"}, False),
        ({KEY: "dc_x", TOKEN: "t", "HTTP_AUTHORIZATION": "Bearer t"}, {"token": "t"}, True),
        ({TOKEN: "t"}, {"api_key": "dc_x"}, True),
        ({TOKEN: "t", "HTTP_AUTHORIZATION": "Api-Key dc_x"}, {}, False),
        ({"HTTP_AUTHORIZATION": "Api-Key dc_x"}, {}, True),
        ({KEY: "", "HTTP_AUTHORIZATION": "Bearer t"}, {"api_key": ""}, False),
    ],
)
def test_which_credential_counts(environ: dict[str, str], params: dict[str, str], is_key: bool) -> None:
    with pytest.raises(engine.Unauthenticated) as refused:
        principal_of(environ, params)
    assert (refused.value.message == NO_KEY) is is_key


@pytest.mark.parametrize("value", ["a b", "x Api-Key y"])
def test_a_key_with_spaces_is_no_other_header(value: str) -> None:
    with pytest.raises(engine.Unauthenticated, match="The Authorization header must be"):
        principal_of({KEY: value}, {})


def test_a_header_takes_precedence_over_the_query(communibase: Communibase) -> None:
    tenant = communibase.tenant
    valid: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"x-api-key": tenant.key}, {"api_key": "dc_x"}),
        ({}, {"api_key": tenant.key, "token": "x"}),
        ({"authorization": "Bearer x"}, {"api_key": tenant.key}),
        ({"authorization": f"Api-Key {tenant.key}"}, {}),
    ]
    for headers, params in valid:
        answer = communibase.ask("GET films.json/crud?limit=1", key="", headers=headers, params=params)
        assert answer.status_code == 200, (headers, answer.text)
    params = {"token": tenant.access}
    route = f"GET /communibase/{tenant.database}/0.1/films.json/crud"
    assert tenant.ask(route, auth="", params=params).status_code == 200
    refused = tenant.ask(route, auth="", params=params, headers={"x-access-token": "x"})
    assert refused.status_code == 401


def test_a_browser_key_is_refused(communibase: Communibase) -> None:
    key = browser_key(communibase.tenant, origins=["https://app.example.com"])
    answer = communibase.ask("GET films.json/crud", key=key)
    text = "This is a browser key: it is valid for URLs below /db only."
    assert (answer.status_code, answer.json()) == failed(403, text)
