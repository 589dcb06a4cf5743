"""The state directory, the sockets of embedded servers, and the signing key."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from datacube.local import paths


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATACUBE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")


def test_the_root_is_the_checkout() -> None:
    assert (paths.ROOT / "manage.py").is_file()
    assert (paths.ROOT / "datacube" / "local" / "paths.py").is_file()


@pytest.mark.parametrize(
    ("value", "directory"),
    [
        ("/srv/data", Path("/srv/data")),
        ("/srv/../srv/größe/", Path("/srv/größe")),
        ("relative", Path.cwd() / "relative"),
        ("", paths.ROOT / ".datacube"),
    ],
)
def test_the_home(monkeypatch: pytest.MonkeyPatch, value: str, directory: Path) -> None:
    monkeypatch.setenv("DATACUBE_HOME", value)
    assert paths.home() == directory


def test_without_a_variable_the_home_is_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATACUBE_HOME")
    assert paths.home() == paths.ROOT / ".datacube"


def test_each_home_has_sockets_of_its_own(tmp_path: Path) -> None:
    assert paths.sockets() == paths.sockets(of=tmp_path / "home")
    assert paths.sockets(of=tmp_path / "other") != paths.sockets()


@pytest.mark.parametrize(("runtime", "parent"), [("/run/user/7", "/run/user/7"), ("", "/tmp")])
def test_paths_of_sockets_are_short_however_long_the_home_is(
    monkeypatch: pytest.MonkeyPatch, runtime: str, parent: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    sockets = paths.sockets(of=Path("/" + "long/" * 100))
    assert sockets.parent == Path(parent)
    assert sockets.name.startswith(f"datacube-{os.getuid()}-")
    assert len(os.fsencode(sockets / "m.sock")) <= 107


def test_the_address_of_the_embedded_mongodb_names_its_socket() -> None:
    uri = urlsplit(paths.embedded_mongodb_uri())
    assert unquote(uri.netloc) == str(paths.sockets() / "m.sock") == str(paths.embedded_mongodb_path())
    assert (uri.scheme, uri.path, uri.query) == ("mongodb", "/", "replicaSet=datacube")
    assert paths.embedded_redis_path() == paths.sockets() / "v.sock"


def test_the_secret_key_is_created_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = paths.secret_key()
    assert len(key) >= 64
    assert paths.secret_key() == key
    files = list((tmp_path / "home").iterdir())
    assert files == [tmp_path / "home" / "secret_key"]
    assert files[0].stat().st_mode & 0o777 == 0o600


def test_an_existing_secret_key_stays(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret_key").write_text("of another process")
    assert paths.secret_key() == "of another process"


def test_a_secret_key_that_another_process_creates_at_the_same_time_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def taken(source: Path, target: Path) -> None:
        target.write_text("of another process")
        raise FileExistsError

    monkeypatch.setattr(os, "link", taken)
    assert paths.secret_key() == "of another process"
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret_key"]
