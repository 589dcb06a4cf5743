"""The documented examples run as they stand, and are answered as their pages say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from datacube.home import ROOT

DOCS = ROOT / "docs"
API_PAGES = sorted(path.name for path in (DOCS / "api").glob("*.md") if "```sh\n" in path.read_text())


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def script(page: Path) -> str:
    """All `sh` blocks of a page, one after the other."""
    return "\n".join(blocks(page))


def run(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-s"],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **variables},
        timeout=110,
    )


def test_the_quickstart(service_url: str, home: Path) -> None:
    ended = run(script(DOCS / "quickstart.md"), URL=service_url, DATACUBE_HOME=str(home))
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    assert ended.stdout.endswith("The quickstart has run to its end.\n")
    assert ended.stdout.count("ok: ") > 30


# What pages take for granted that do not begin with an account of their own: the shell of data.md, and a document.
GIVEN = (
    "{\n"
    + blocks(DOCS / "api" / "data.md")[0]
    + r"""
} > /dev/null
USERS="\"database_id\": \"$DATABASE\", \"collection_name\": \"users\""
DOCUMENT=$(curl -sS "$URL/api/crud" -H "$WHO" -H "$JSON" -d "{$USERS, \"data\": [{\"email\": \"a@example.com\"}]}" \
  | pick inserted_ids.0)
curl -sS -X PUT "$URL/api/crud" -H "$WHO" -H "$JSON" -o /dev/null \
  -d "{$USERS, \"filters\": {}, \"all\": true, \"update_data\": {\"score\": 42}}"
"""
)


@pytest.mark.parametrize("page", API_PAGES)
def test_the_examples_of_the_api_pages(page: str, service_url: str, home: Path) -> None:
    """They print what is answered; what is refused on purpose is quoted in the page."""
    whole = (DOCS / "api" / page).read_text()
    own = script(DOCS / "api" / page)
    text = own if "/core/register" in own else GIVEN + own
    text = text.replace("http://127.0.0.1:8000", service_url).replace(".datacube/", f"{home}/")
    ended = run(text, URL=service_url)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    refused = re.findall(r'"success":false,"message":"([^"]*)"|"detail":"([^"]*)"|"error":"([^"]*)"', ended.stdout)
    assert [message for found in refused for message in found if message not in whole] == []
