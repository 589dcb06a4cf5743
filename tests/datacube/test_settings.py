"""Settings that do not start the service: a message says which one is wrong."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from datacube.local.paths import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("issuer", "client", "error"),
    [
        ("https://id.example.com", "datacube", ""),
        ("http://127.0.0.1:8080/realms/main", "datacube", ""),
        ("http://id.example.com", "datacube", "OPENID_ISSUER must begin with https://."),
        ("http://127.0.0.1.example.com", "datacube", "OPENID_ISSUER must begin with https://."),
        ("id.example.com", "datacube", "OPENID_ISSUER must begin with https://."),
        ("https://id.example.com", "", "OPENID_ISSUER needs OPENID_CLIENT_ID."),
    ],
)
def test_the_issuer_of_signing_in(issuer: str, client: str, error: str) -> None:
    environment = {**os.environ, "OPENID_ISSUER": issuer, "OPENID_CLIENT_ID": client}
    command = [sys.executable, "-c", "import datacube.settings"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode == 0, error in done.stderr) == (not error, True), done.stderr
