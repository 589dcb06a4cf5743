"""Apps: stored pages, served in a sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.airsequel.support import Airsequel, failed, result_of
from tests.support import NO_CREDENTIALS

UNKNOWN = "01gdbtepbmpt3jk8y94yc05snr"


@pytest.fixture(scope="module")
def base(airsequel: Airsequel) -> str:
    """The address of a database."""
    return f"/api/dbs/{airsequel.new_database()}"


@pytest.mark.parametrize(
    ("route", "body", "status", "messages"),
    [
        (
            "POST apps",
            {"html": 1},
            400,
            ["name: Must be a string of 1 to 200 characters without NUL.", "html: Must be a string without NUL."],
        ),
        (
            "POST apps",
            {"name": "x", "html": "x" * (1024 * 1024 + 1)},
            413,
            ["An app has at most 1048576 bytes (MAX_APP_BYTES)."],
        ),
        (f"PUT apps/{UNKNOWN}", {"name": "x", "html": ""}, 404, ["App not found."]),
        (f"DELETE apps/{UNKNOWN}", None, 404, ["App not found."]),
    ],
)
@pytest.mark.usefixtures("nothing_changes")
def test_refused_apps(
    airsequel: Airsequel, base: str, route: str, body: Any, status: int, messages: list[str]
) -> None:
    verb, path = route.split(" ")
    assert result_of(airsequel.ask(f"{verb} {base}/{path}", json=body)) == failed(status, *messages)


def test_apps(airsequel: Airsequel, base: str) -> None:
    app = airsequel.get(f"POST {base}/apps", json={"name": "One", "html": "<h1>Größe</h1>"})
    assert app["url"] == f"{base.removeprefix('/api')}/apps/{app['id']}"
    changed = airsequel.get(f"PUT {base}/apps/{app['id']}", json={"name": "Two", "html": "<h1>Zwei</h1>"})
    assert airsequel.get(f"GET {base}/apps") == {"apps": [changed]}
    page = airsequel.ask(f"GET {app['url']}")
    assert (page.status_code, page.text) == (200, "<h1>Zwei</h1>")
    assert page.headers["Content-Security-Policy"].startswith("sandbox allow-scripts; default-src 'none';")
    assert "Set-Cookie" not in page.headers
    assert result_of(airsequel.ask(f"GET {app['url']}", auth="")) == failed(401, NO_CREDENTIALS)
    assert airsequel.get(f"DELETE {base}/apps/{app['id']}") == {}
    assert result_of(airsequel.ask(f"GET {app['url']}")) == failed(404, "App not found.")
