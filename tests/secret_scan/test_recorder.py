"""What the recorder takes from the requests and responses of the tests."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest

from accounts import keys
from datacube.local import test_service
from tests.secret_scan import recorder

KEY, TOKEN = keys.make().text, keys.make_token().text
ACCESS = f"eyJ{'hbGci' * 4}.eyJ{'zdWIi' * 4}.{'Qm9x' * 8}"
SESSION = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that returns what was recorded, in a run of its own."""
    monkeypatch.setenv(test_service.URL, "http://127.0.0.1:1")
    monkeypatch.setenv("DATACUBE_HOME", str(tmp_path))
    monkeypatch.setattr(recorder, "_recorded", set())
    return lambda: set(recorder.recorded(tmp_path))


def test_credentials_of_a_request_and_its_response_are_recorded(recorded) -> None:
    request = httpx.Request(
        "POST",
        f"http://service/core/login?access_token={ACCESS}&page=1",
        headers={"Authorization": f"Api-Key {KEY}", "Cookie": f"theme=dark; datacube_session={SESSION}"},
        json={"email": "anna@example.com", "password": "a-strong-and-secure-password", "key": "director"},
    )
    page = f"<p>Copy it now: <code>{TOKEN}</code></p><p>bq7m-x2kd-vn4r-8hts</p>"
    response = httpx.Response(201, headers={"Set-Cookie": f"datacube_session={SESSION[::-1]}; Path=/"}, html=page)
    recorder.record_exchange(request, response)
    assert recorded() == {
        *(("authorization", KEY), ("cookie", SESSION), ("cookie", SESSION[::-1]), ("access_token", ACCESS)),
        *(("password", "a-strong-and-secure-password"), ("JWT", ACCESS)),
        *(("API key", TOKEN), ("recovery code", "bq7m-x2kd-vn4r-8hts")),
    }


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        (b"username=anna&password=a+strong+pass%2Fword", ("password", "a strong pass/word")),
        (b'{"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}', ("secret", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")),
        (b"otpauth://totp/DataCube?secret=JBSWY3DPEHPK3PXP&issuer=x", ("TOTP secret", "JBSWY3DPEHPK3PXP")),
        (f'{{"refresh":"{ACCESS}"}}'.encode(), ("refresh", ACCESS)),
    ],
)
def test_credentials_are_recognized_by_name_or_form(text: bytes, pair: tuple[str, str]) -> None:
    assert pair in set(recorder.in_text(text))


@pytest.mark.parametrize(
    "text",
    [
        b'{"key": "primary director of it"}',
        b'{"token": "aaaaaaaaaaaaaaaaaaaaaaaaa"}',
        b"key=director&keyboard=large",
        b'{"secret": "8db20adb5526a8369cec483e"}',
    ],
)
def test_what_only_has_the_name_is_not_recorded(text: bytes) -> None:
    assert [*recorder.in_text(text)] == []


def test_the_password_of_basic_credentials_is_recorded(recorded) -> None:
    credentials = base64.b64encode(f"anna:{KEY}".encode()).decode()
    request = httpx.Request("GET", "http://service/", headers={"Authorization": f"Basic {credentials}"})
    recorder.record_exchange(request, httpx.Response(200))
    assert recorded() == {("authorization", KEY)}


def test_a_stream_is_left_to_its_reader(recorded) -> None:
    response = httpx.Response(200, content=iter([b'{"password": "a-strong-and-secure-password"}']))
    recorder.record_exchange(httpx.Request("GET", "http://service/"), response)
    assert recorded() == set()
    assert response.read()


def test_nothing_is_recorded_without_a_service(recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(test_service.URL)
    recorder.record("API key", KEY)
    assert recorded() == set()


def test_a_secret_is_written_once(recorded, tmp_path: Path) -> None:
    recorder.record("API key", KEY)
    recorder.record("API key", KEY)
    (file,) = (tmp_path / recorder.FOLDER).iterdir()
    assert len(file.read_text().splitlines()) == 1


def test_every_client_of_the_suite_records(http: httpx.Client, home: Path) -> None:
    key = keys.make().text
    assert http.get("/api/stats", headers={"Authorization": f"Api-Key {key}"}).status_code == 401
    assert ("authorization", key) in set(recorder.recorded(home))
