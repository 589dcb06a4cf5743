"""Requests to the provider: which addresses are allowed, what is cached, what is refused."""

from __future__ import annotations

import pytest

from engine import Unavailable
from features.openid.services import provider
from tests.features.openid.provider import FakeProvider


def test_the_document_and_the_keys_are_cached(fake_provider: FakeProvider) -> None:
    for _ in range(3):
        assert provider.key_of(provider.read(), "key-1").key_id == "key-1"
    assert fake_provider.requests == ["/.well-known/openid-configuration", "/keys"]


def test_a_new_key_is_read_once_it_is_used(fake_provider: FakeProvider) -> None:
    document = provider.read()
    assert provider.key_of(document, "key-1")
    fake_provider.published_keys = ("key-1", "key-2")
    assert provider.key_of(document, "key-2").key_id == "key-2"
    for _ in range(3):
        assert provider.key_of(document, "unknown") is None
    assert fake_provider.requests.count("/keys") == 2


def test_without_an_id_the_only_key_counts(fake_provider: FakeProvider) -> None:
    assert provider.key_of(provider.read(), None).key_id == "key-1"
    provider.forget()
    fake_provider.published_keys = ("key-1", "key-2")
    assert provider.key_of(provider.read(), None) is None


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "http://127.0.0.1/other"},
        {"issuer": None},
        {"token_endpoint": None},
        {"jwks_uri": 7},
    ],
)
def test_documents_that_are_refused(fake_provider: FakeProvider, document: dict[str, object]) -> None:
    fake_provider.document = document
    with pytest.raises(Unavailable):
        provider.read()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/keys",  # another port of the same host
        "http://localhost/keys",
        "https://127.0.0.1/keys",
        "https://10.0.0.1/keys",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/keys",
        "file:///etc/passwd",
        "ftp://example.com/",
    ],
)
def test_the_document_cannot_direct_requests_inside(fake_provider: FakeProvider, url: str) -> None:
    fake_provider.document = {"jwks_uri": url, "token_endpoint": url}
    document = provider.read()
    with pytest.raises(Unavailable):
        provider.key_of(document, "key-1")
    with pytest.raises(Unavailable):
        provider.request(document.token_endpoint, body=b"code=x")


def test_a_redirect_is_not_followed(fake_provider: FakeProvider) -> None:
    target = f"{fake_provider.url}/authorize?redirect_uri=http://127.0.0.1:1/&response_type=code"
    target += "&client_id=datacube&code_challenge_method=S256&state=s"
    with pytest.raises(Unavailable):
        provider.request(target)
    assert fake_provider.requests == ["/authorize"]


def test_a_provider_that_is_away(settings) -> None:
    provider.forget()
    settings.OPENID_ISSUER = "http://127.0.0.1:9"
    assert provider.is_configured()
    with pytest.raises(Unavailable):
        provider.read()
    settings.OPENID_ISSUER = ""
    assert not provider.is_configured()
