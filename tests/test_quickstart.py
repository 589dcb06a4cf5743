"""The documented examples run as they stand, and are answered as their pages say."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from datacube.home import ROOT
from tests.support import make_tenant

DOCS = ROOT / "docs"
API_PAGES = sorted(path.name for path in (DOCS / "api").glob("*.md") if "```sh\n" in path.read_text())


def script(page: Path) -> str:
    """All `sh` blocks of a page, one after the other."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL))


def run(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-s"],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **variables},
        timeout=110,
    )


def test_the_quickstart(service_url: str, home: Path) -> None:
    ended = run(script(DOCS / "quickstart.md"), URL=service_url, DATACUBE_HOME=str(home))
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    assert ended.stdout.endswith("The quickstart has run to its end.\n")
    assert ended.stdout.count("ok: ") > 30


@pytest.fixture
def given(web: httpx.Client, service_url: str) -> dict[str, str]:
    """What a page may take for granted: an address, a key, and a document that has been changed."""
    tenant = make_tenant(web)
    tenant.add({"name": "users", "fields": [{"name": "age", "type": "number"}]})
    (document,) = tenant.insert("users", [{"age": 41, "email": "alice@example.com"}])
    change = {"database_id": tenant.database, "collection_name": "users", "filters": {"_id": document}}
    assert tenant.ask("PUT /api/crud", json=change | {"update_data": {"age": 42}}).status_code == 200
    return {"URL": service_url, "KEY": tenant.key, "DATABASE": tenant.database, "DOCUMENT": document}


@pytest.mark.parametrize("page", API_PAGES)
def test_the_examples_of_the_api_pages(page: str, service_url: str, home: Path, given: dict[str, str]) -> None:
    """They print what is answered; what is refused on purpose is quoted in the page."""
    whole = (DOCS / "api" / page).read_text()
    text = (
        script(DOCS / "api" / page).replace("http://127.0.0.1:8000", service_url).replace(".datacube/", f"{home}/")
    )
    ended = run(text, **given)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    refused = re.findall(r'"success":false,"message":"([^"]*)"|"detail":"([^"]*)"|"error":"([^"]*)"', ended.stdout)
    assert [message for found in refused for message in found if message not in whole] == []
