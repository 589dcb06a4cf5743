"""Credentials of sockets: which are equal, that no representation shows them, and the absence of any."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

import engine
from dialects.communibase.live.credentials import SocketCredentials
from web.streams.request import StreamRequest


def credentials_of(query: str, headers: dict[str, str]) -> SocketCredentials:
    return SocketCredentials.of(StreamRequest(QueryDict(query), None, "", headers=headers))


@pytest.mark.parametrize(
    ("query", "headers", "same"),
    [
        ("api_key=a&EIO=3&t=1", {"accept": "*/*"}, ("api_key=a&t=2", {})),
        ("api_key=&token=t", {}, ("token=t", {})),
        ("", {"x-api-key": "a", "authorization": ""}, ("", {"x-api-key": "a"})),
    ],
)
def test_equal_credentials(query: str, headers: dict[str, str], same: tuple[str, dict[str, str]]) -> None:
    credentials = credentials_of(query, headers)
    assert credentials == credentials_of(*same)
    assert credentials != credentials_of("api_key=b", {})
    assert repr(credentials) == "SocketCredentials()"


def test_without_credentials_a_setting_decides(settings: Any) -> None:
    with pytest.raises(engine.Unauthenticated):
        SocketCredentials().principal()
    settings.COMMUNIBASE_SOCKETS_WITHOUT_KEY = True
    principal = SocketCredentials().principal()
    assert principal.actions(team_id=1, database_id="d") == {engine.Action.READ}
