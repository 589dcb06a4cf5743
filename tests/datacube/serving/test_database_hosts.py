"""Host names of databases, where a wildcard host is configured."""

from __future__ import annotations

from typing import Any

import pytest

from datacube.serving.database_hosts import path_of


@pytest.mark.parametrize(
    ("host", "path", "meant"),
    [
        ("crm.data.example.com", "/rest/people", "/db/crm/rest/people"),
        ("CRM.data.example.com:8443", "/realtime", "/db/crm/realtime"),
        ("crm.data.example.com", "/db/crm/rest/people", "/db/crm/rest/people"),
        ("crm.data.example.com", "/0.1/Person.json/crud", "/communibase/crm/0.1/Person.json/crud"),
        ("crm.data.example.com", "/socket.io/", "/socket.io/"),
        ("crm.data.example.com", "/socket.io/x", "/db/crm/socket.io/x"),
        ("data.example.com", "/api/crud", "/api/crud"),
        ("a.crm.data.example.com", "/rest/people", "/rest/people"),
        ("crm.data.example.com.evil.example", "/rest/people", "/rest/people"),
        ("", "/rest/people", "/rest/people"),
    ],
)
def test_the_path_that_a_host_means(settings: Any, host: str, path: str, meant: str) -> None:
    assert path_of(host, path) == path
    settings.DATABASE_HOST = "data.example.com"
    assert path_of(host, path) == meant
