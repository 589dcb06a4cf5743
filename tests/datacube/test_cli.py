"""The project's command: which program each word runs, and what is refused."""

from __future__ import annotations

import os
import sys

import pytest

from datacube import cli
from datacube.local import paths

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
        (["faults", "größe"], [sys.executable, "-m", "tests.faults.figures", "größe"]),
    ],
)
def test_a_command_replaces_this_process(
    executed: list[tuple[str, list[str]]], arguments: list[str], command: list[str]
) -> None:
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
    assert (
        "{assets,backup,bench,coverage,faults,manage,restore,screenshots,shell,test,up}" in capsys.readouterr().out
    )
