"""Where the service listens and at which address it is reached."""

import socket
from itertools import pairwise
from types import SimpleNamespace

import pytest

from datacube.local import address
from datacube.local.address import ListenAddress


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"HOST": "0.0.0.0", "PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"HOST": "::"}, "http://[::1]:8000"),
        ({"BASE_URL": "https://data.example.com/"}, "https://data.example.com"),
    ],
)
def test_the_address_to_open(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ListenAddress.from_environment().url == url


def test_port_0_picks_a_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "0")
    address = ListenAddress.from_environment()
    assert address.port > 0
    assert address.bind_error() is None


@pytest.mark.parametrize("port", ["http", "-1", "65536"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(ValueError, match=port):
        ListenAddress.from_environment()


def test_a_taken_port_is_noticed_and_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert ListenAddress(host="127.0.0.1", port=port, url="").bind_error() == "Address already in use"
    assert ListenAddress(host="127.0.0.1", port=port, url="").readiness() == "no answer"


def test_readiness_is_asked_less_often_the_longer_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    now = [1000.0]
    monkeypatch.setattr(address, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(ListenAddress, "readiness", lambda self: asked.append(now[0]) or "no answer")
    readiness = address.ReadinessPoll(ListenAddress(host="127.0.0.1", port=1, url=""))
    for _ in range(20 * 600):
        assert not readiness.is_ready()
        now[0] += 0.05
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert 0.25 <= pauses[0] < 0.4
    assert 5 <= pauses[-1] < 5.1
