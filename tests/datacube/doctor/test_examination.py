"""The command `datacube doctor` as a whole: its exit status and what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from datacube.local import paths
from datacube.local.test_service import without_test_settings

pytestmark = pytest.mark.slow
COMMAND = [sys.executable, str(paths.ROOT / "deploy" / "datacube"), "doctor"]


def doctor(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**without_test_settings(os.environ), **settings}
    return subprocess.run([*COMMAND, *arguments], env=environment, cwd="/", capture_output=True, text=True)


def test_an_installation_without_problems_exits_with_0(service_url: str) -> None:
    ended = doctor()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "ok       service: http://127.0.0.1:" in ended.stdout
    assert "\n0 problems, " in ended.stdout


def test_an_unreadable_setting_exits_with_1_and_ends_the_examination(service_url: str) -> None:
    ended = doctor("--json", MAX_KEYS="many")
    findings = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 1
    assert [item["part"] for item in findings if item["state"] == "problem"] == ["MAX_KEYS"]
    assert "MongoDB" not in {item["part"] for item in findings}


def test_settings_that_contradict_each_other_exit_with_1(service_url: str) -> None:
    ended = doctor(MONGODB_URI="mongodb://127.0.0.1:9/?replicaSet=x", SECRET_KEY="")
    assert ended.returncode == 1
    assert "problem  settings: SECRET_KEY must be set when MONGODB_URI is." in ended.stdout
