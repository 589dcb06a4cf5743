"""The service that a command talks to: which one, with which key, and what is said of errors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from datacube.client import service
from datacube.client.service import CommandFailed

OPTIONS = argparse.Namespace(url="", key_file=None, database="x")


def test_the_key_is_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACUBE_KEY", "dc_one")
    with service.connect(OPTIONS) as client:
        assert client.headers["authorization"] == "Api-Key dc_one"
    file = tmp_path / "key"
    file.write_text("dc_two\n")
    with service.connect(argparse.Namespace(url="", key_file=file)) as client:
        assert client.headers["authorization"] == "Api-Key dc_two"


@pytest.mark.parametrize(
    ("key", "message"), [("", "An API key is needed"), ("dc_ä", "no key has"), ("a\nb", "no key")]
)
def test_a_missing_or_malformed_key_is_refused(monkeypatch: pytest.MonkeyPatch, key: str, message: str) -> None:
    monkeypatch.setenv("DATACUBE_KEY", key)
    with pytest.raises(CommandFailed, match=message):
        service.connect(OPTIONS)


def test_the_address_is_that_of_the_service_of_this_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACUBE_HOME", str(tmp_path))
    assert service.local_url() == "http://127.0.0.1:8000"
    (tmp_path / "running.json").write_text("")
    assert service.local_url() == "http://127.0.0.1:8000"
    (tmp_path / "running.json").write_text(json.dumps({"url": "http://127.0.0.1:9123", "pid": 1, "ready": True}))
    assert service.local_url() == "http://127.0.0.1:9123"


def answer(status: int, **response: Any) -> httpx.Response:
    return httpx.Response(status, request=httpx.Request("GET", "http://x/"), **response)


def test_every_error_of_an_answer_is_reported() -> None:
    errors = [{"field": "year", "message": "Must be a number.", "index": 7}, {"field": "", "message": "bad"}]
    with pytest.raises(CommandFailed) as caught:
        service.check(answer(400, json={"success": False, "message": "2 errors", "errors": errors}))
    assert str(caught.value) == "400: 2 errors\n  7, year: Must be a number.\n  : bad"


def test_an_answer_that_is_no_json_is_refused() -> None:
    with pytest.raises(CommandFailed, match="is this a DataCube service"):
        service.check(answer(200, text="<html>"))
