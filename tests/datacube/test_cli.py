"""The project's command: which program each word runs, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from datacube import cli
from datacube.local import paths
from datacube.local.test_service import without_test_settings

MANAGE = [sys.executable, str(paths.ROOT / "manage.py")]


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Return the list of the programs that replace this process."""
    programs: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: programs.append((program, arguments)))
    return programs


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["manage"], MANAGE),
        (["manage", "prepare", "--link-file", "x"], [*MANAGE, "prepare", "--link-file", "x"]),
        (["manage", "--help"], [*MANAGE, "--help"]),
        (["shell", "-c", "1 + 1"], [*MANAGE, "shell", "-c", "1 + 1"]),
        (["bench", "-n", "2"], [sys.executable, "-m", "bench.run", "-n", "2"]),
        (["screenshots"], [sys.executable, "-m", "tests.dashboard.screenshots"]),
        (["user", "list"], [*MANAGE, "user", "list"]),
        (["key", "--help"], [*MANAGE, "key", "--help"]),
        (["backup", "--check", "x"], [*MANAGE, "backup", "--check", "x"]),
        (["restore", "x"], [*MANAGE, "restore", "x"]),
        (["production-drill", "--rows", "9"], [sys.executable, "-m", "tests.drill.run", "--rows", "9"]),
        (["faults", "größe"], [sys.executable, "-m", "tests.faults.figures", "größe"]),
    ],
)
def test_a_command_replaces_this_process(
    executed: list[tuple[str, list[str]]], arguments: list[str], command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/tmp")  # commands of the checkout change the directory
    cli.main(arguments)
    assert executed == [(sys.executable, command)]


def test_up_takes_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["up", "8001"]) == 2
    text = "up takes no arguments: HOST, PORT and DATACUBE_HOME are read from the environment\n"
    assert capsys.readouterr() == ("", text)


@pytest.mark.parametrize("arguments", [[], ["down"], ["UP"], [""]])
def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: datacube" in capsys.readouterr().err


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert set(cli.HELP) == set(cli.COMMANDS)
    assert [name for name in cli.COMMANDS if f"\n  {name:<18}{cli.HELP[name]}\n" not in printed] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("up", "usage: datacube up"),
        ("doctor", "usage: datacube doctor"),
        ("user", "usage: datacube user"),
        ("key", "usage: datacube key"),
        ("import", "usage: datacube import"),
        ("export", "usage: datacube export"),
        ("backup", "usage: datacube backup"),
        ("restore", "usage: datacube restore"),
        ("bench", "usage: "),
        ("manage", "Type 'manage.py help <subcommand>'"),
    ],
)
def test_each_command_has_a_help_from_any_directory(command: str, text: str, tmp_path: Path) -> None:
    link = tmp_path / "datacube"
    link.symlink_to(paths.ROOT / "deploy" / "datacube")
    environment = without_test_settings(os.environ) | {"COLUMNS": "100"}
    ended = subprocess.run([link, command, "--help"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert text in ended.stdout
