"""Names of browsers in the list of sessions."""

from __future__ import annotations

import pytest

from dashboard.account.user_agents import describe

_CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        (_CHROME.format("Windows NT 10.0; Win64"), "Chrome on Windows"),
        (_CHROME.format("Linux; Android 14"), "Chrome on Android"),
        (_CHROME.format("Windows NT 10.0") + " Edg/130.0", "Edge on Windows"),
        (_CHROME.format("Macintosh; Intel Mac OS X 10_15") + " OPR/110.0", "Opera on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari on iPhone"),
        ("Firefox/130.0", "Firefox"),
        ("", "A browser"),
    ],
)
def test_names(agent: str, name: str) -> None:
    assert describe(agent) == name
