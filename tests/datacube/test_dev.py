"""The script `./dev`: what it lists, what it refuses, and what it installs when something is missing."""

import importlib.machinery
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from datacube import cli
from datacube.local import paths as places

_DEV = places.ROOT / "dev"


@pytest.fixture
def dev() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("dev", str(_DEV))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev", loader))
    loader.exec_module(module)
    return module


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", _DEV, *arguments], capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_help_lists_every_command(dev: ModuleType, arguments: tuple[str, ...]) -> None:
    helped = _run(*arguments)
    assert helped.returncode == 0
    assert set(dev.COMMANDS) == set(cli.COMMANDS)
    assert all(f"./dev {command}" in helped.stdout for command in cli.COMMANDS)


@pytest.mark.slow
def test_what_is_no_command_is_said() -> None:
    refused = _run("upp")
    assert refused.returncode == 2
    assert "There is no ./dev upp" in refused.stderr


def test_another_virtual_environment_does_not_matter(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("DATACUBE_HOME", "state")
    environment = dev.clean_environment()
    assert "/elsewhere" not in environment.values()
    assert environment["DATACUBE_HOME"] == str(Path.cwd() / "state")


@pytest.mark.slow
def test_a_missing_library_is_installed_by_root_and_asked_for_otherwise(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongod = tmp_path / "lib/python3.11/site-packages/fiftyone/db/bin/mongod"
    mongod.parent.mkdir(parents=True)
    mongod.write_text(
        "#!/bin/sh\n"
        f"test -e {tmp_path}/installed && exit 0\n"
        "echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file' >&2\n"
        "exit 127\n"
    )
    mongod.chmod(0o755)
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "MONGOD_RUNS", tmp_path / "runs")
    monkeypatch.setattr(dev.shutil, "which", lambda name: name)

    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="apt-get install -y libcurl4"):
        dev.check_mongod()

    ran = []
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0)
    monkeypatch.setattr(dev, "run", lambda command, environment: ran.append(command))
    monkeypatch.setattr(dev, "say", lambda text: (tmp_path / "installed").touch())
    dev.check_mongod()
    assert [command[2] for command in ran] == ["update", "install"]
    assert ran[-1][-1] == "libcurl4"
    assert (tmp_path / "runs").exists()


@pytest.mark.slow
def test_the_output_of_a_step_is_hidden_unless_the_step_fails(
    dev: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    script = ["sh", "-c", "echo '+ package==1.0'; echo '[notice] a new release' >&2; exit $STATUS"]
    dev.run(script, {"STATUS": "0"})
    output = capfd.readouterr()
    assert re.fullmatch(r"done \(\d+ s\)", output.out.strip())
    assert output.err == ""
    with pytest.raises(SystemExit, match="failed with status 3; its output is above"):
        dev.run(script, {"STATUS": "3"})
    output = capfd.readouterr()
    assert "+ package==1.0" in output.err and "[notice] a new release" in output.err


def test_the_command_is_linked_into_the_virtual_environment(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "LINK", tmp_path / "datacube")
    dev.link_command()
    dev.link_command()
    assert (tmp_path / "datacube").resolve() == dev.SCRIPT
