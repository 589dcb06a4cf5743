"""A production environment: Django's deployment checks, and the bill of materials."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from datacube.local import paths

pytestmark = pytest.mark.slow
SETTINGS = {
    "MONGODB_URI": "mongodb://user:password@mongodb.example.com:27017/?replicaSet=datacube",
    "REDIS_URL": "redis://:password@valkey.example.com:6379/0",
    "DATABASE_URL": "postgres://user:password@postgres.example.com:5432/datacube",
    "SECRET_KEY": "6f2d0c94b7a14e5f8d3c2b1a09f8e7d6c5b4a3928170f6e5d4c3b2a190817263",
    "BASE_URL": "https://data.example.com",
    "ALLOWED_HOSTS": "data.example.com",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    "TRUSTED_PROXIES": "1",
}
CHECK = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]


def check(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DATACUBE_HOME": str(tmp_path), **SETTINGS, **changes}
    return subprocess.run(CHECK, cwd=paths.ROOT, env=environment, capture_output=True, text=True)


def test_the_deployment_checks_have_nothing_to_report(tmp_path: Path) -> None:
    ended = check(tmp_path)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("DEBUG", "true", "W018"), ("ALLOWED_HOSTS", "", "W020"), ("BASE_URL", "http://data.example.com", "W010")],
)
def test_the_deployment_checks_report_a_broken_setting(tmp_path: Path, name: str, value: str, code: str) -> None:
    ended = check(tmp_path, **{name: value})
    assert ended.returncode == 1
    assert f"(security.{code})" in ended.stderr
