"""The embedded servers: their private sockets, and the lock of their data."""

import fcntl
import os
from pathlib import Path

import pytest

from datacube.local import embedded_servers
from datacube.local import paths as places


def test_the_directory_of_the_sockets_is_private(tmp_path: Path) -> None:
    directory = tmp_path / "sockets"
    directory.mkdir(mode=0o755)
    embedded_servers.make_private(directory)
    assert directory.stat().st_mode & 0o777 == 0o700


def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(PermissionError, match="another user"):
        embedded_servers.make_private(tmp_path / "sockets")


def test_a_link_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sockets").symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="another user"):
        embedded_servers.make_private(tmp_path / "sockets")


def test_data_is_held_while_its_mongod_runs(tmp_path: Path) -> None:
    assert not embedded_servers.is_held(tmp_path)
    with (tmp_path / "mongod.lock").open("w") as lock:
        assert not embedded_servers.is_held(tmp_path)
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert embedded_servers.is_held(tmp_path)


def test_a_socket_path_fits_a_unix_address_however_long_the_home(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["directory"] * 20)
    assert len(str(places.sockets(of=deep) / "m.sock")) < 107


def test_nothing_answers_where_no_server_is(tmp_path: Path) -> None:
    assert not embedded_servers.mongod_answers(tmp_path / "m.sock")
    assert not embedded_servers.valkey_answers(tmp_path / "v.sock")


@pytest.mark.parametrize(("seconds", "limit"), [(None, 35), ("2.5", 8)])
def test_mongod_aborts_the_transaction_of_a_killed_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: str | None, limit: int
) -> None:
    monkeypatch.delenv("WRITE_SECONDS", raising=False)
    if seconds is not None:
        monkeypatch.setenv("WRITE_SECONDS", seconds)
    command = embedded_servers.mongod_command(tmp_path / "data", socket_path=tmp_path / "m.sock")
    assert f"transactionLifetimeLimitSeconds={limit}" in command
