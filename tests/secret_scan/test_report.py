"""The report of a scan names the kind and the place of a secret, and never the secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts import keys
from datacube.local import test_service
from tests.secret_scan import places, recorder
from tests.secret_scan.__main__ import report, secrets_of

KEY, RESET, FIRST, SECRET_KEY = keys.make().text, "Re" * 22, "Fi" * 22, "Sk" * 43


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home of a run that leaks nothing: a recorded key, a mail with a link, the first link."""
    monkeypatch.setenv(test_service.URL, "http://127.0.0.1:1")
    monkeypatch.setenv("DATACUBE_HOME", str(tmp_path))
    monkeypatch.setattr(recorder, "_recorded", set())
    recorder.record("API key", KEY)
    for folder in ("logs", "mail"):
        (tmp_path / folder).mkdir()
    (tmp_path / "secret_key").write_text(SECRET_KEY)
    (tmp_path / "up.log").write_text(f"DataCube is up\n  http://127.0.0.1:8000/dashboard/start/{FIRST}\n")
    (tmp_path / "mail" / "1.log").write_text(f"Open\nhttp://127.0.0.1:8000/dashboard/reset/{RESET}\n")
    (tmp_path / "logs" / "web.log").write_text('{"route": "/api/crud"}\n')
    return tmp_path


def reported(run: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines of the report of a home, whose status says whether there are any."""
    status = report(secrets_of(run), places.files(run))
    printed = capsys.readouterr()
    assert not any(secret in printed.out + printed.err for secret in (KEY, RESET, FIRST, SECRET_KEY))
    lines = printed.err.splitlines()
    assert status == bool(lines)
    assert f"5 secrets, 0 MB written, {len(lines)} found" in printed.out
    return lines


def test_a_mail_has_its_own_link_and_the_output_the_first_one(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reported(run, capsys) == []


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        (KEY, "API key"),
        (RESET, "token of a mailed link"),
        (FIRST, "token of the first link"),
        (SECRET_KEY, "secret key of the installation"),
        (test_service.METRICS_TOKEN, "token of the metrics"),
    ],
    ids=["key", "mail", "first", "secret key", "metrics"],
)
def test_a_secret_in_a_log_is_reported_with_its_line(
    run: Path, capsys: pytest.CaptureFixture[str], secret: str, kind: str
) -> None:
    with (run / "logs" / "web.log").open("a") as log:
        log.write(f"Traceback\n  refused: {secret}\n")
    assert reported(run, capsys) == [f"{kind} in logs/web.log, line 3"]


@pytest.mark.parametrize(
    ("secret", "kind"), [(KEY, "API key"), (FIRST, "token of the first link")], ids=["key", "first"]
)
def test_a_mail_may_have_no_other_secret(
    run: Path, capsys: pytest.CaptureFixture[str], secret: str, kind: str
) -> None:
    (run / "mail" / "2.log").write_text(f"Your credential: {secret}\n")
    assert reported(run, capsys) == [f"{kind} in mail/2.log, line 1"]


def test_a_recorded_token_of_a_link_may_be_in_its_mail(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.record("token", RESET)
    assert reported(run, capsys) == []
