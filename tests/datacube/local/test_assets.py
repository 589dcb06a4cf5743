"""The front end is built from pinned packages, once, and served compressed."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from datacube.local import assets
from datacube.local.paths import ROOT

MAX_BYTES = 100_000


@pytest.mark.slow
def test_nothing_is_built_twice() -> None:
    assets.build()
    assert assets.build() is False


@pytest.mark.slow
def test_only_what_is_listed_is_served() -> None:
    assets.build()
    files = {path.name for path in assets.BUILT.iterdir() if path.suffix in (".js", ".css")}
    assert files == {*assets.COPIED.values(), *assets.GRAPHIQL.values(), "dashboard.css"}


def test_a_change_of_any_source_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "page.html"
    source.write_text("one")
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    monkeypatch.setattr(assets, "SOURCES", ["page.html"])
    before = assets.fingerprint()
    source.write_text("two")
    assert assets.fingerprint() != before


@pytest.mark.slow
def test_a_failed_build_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    """Build into a directory of its own: browsers load the files of the other one."""
    monkeypatch.setattr(assets, "BUILT", tmp_path)
    monkeypatch.setattr(assets, "STAMP", tmp_path / ".built")
    monkeypatch.setattr(assets, "STYLES", ROOT / "there" / "is" / "none.css")
    assert assets.main([]) == 1
    assert "failed" in capsys.readouterr().err


def test_the_first_load_is_small(http: httpx.Client) -> None:
    """Check the compressed size of what a browser with an empty cache loads for the sign-in page."""
    page = http.get("/dashboard/login", headers={"Accept-Encoding": "gzip"})
    names = [
        *(f"vendor/{name}" for name in (*assets.COPIED.values(), "dashboard.css")),
        *("dashboard/app.js", "dashboard/theme.js", "dashboard/icons.svg", "dashboard/favicon.svg"),
    ]
    total = len(page.content)
    for name in names:
        answer = http.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, name
        assert answer.headers["Content-Encoding"] == "gzip", name
        total += int(answer.headers["Content-Length"])
    assert total < MAX_BYTES
