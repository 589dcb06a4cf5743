"""The documented examples run as written, and the responses are those of their pages."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from datacube.local.paths import ROOT

DOCS = ROOT / "docs"
API_PAGES = sorted(path.name for path in (DOCS / "api").glob("*.md") if "```sh\n" in path.read_text())


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def script(page: Path) -> str:
    """Return all `sh` blocks of a page, one after the other."""
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


def test_the_readme(service_url: str, home: Path) -> None:
    ended = run(script(ROOT / "README.md"), URL=service_url, DATACUBE_HOME=str(home))
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    assert re.search(r"^database: [0-9a-f]{24}$", ended.stdout, re.MULTILINE)
    assert re.search(r"^key: dc_\w+$", ended.stdout, re.MULTILINE)
    assert ended.stdout.count('"text":"hello"') == 1


def test_the_readme_without_a_service_prints_no_traceback(tmp_path: Path) -> None:
    text = "set +e\n" + script(ROOT / "README.md").replace("seq 60", "seq 1")
    ended = run(text, URL="http://127.0.0.1:9", DATACUBE_HOME=str(tmp_path))
    assert "Traceback" not in ended.stderr
    assert "curl: (7)" in ended.stderr


def test_the_commands_that_a_start_prints(service_url: str, home: Path) -> None:
    """Check the commands up to a first document; the address is made unique, because the service is shared."""
    printed = (home / "up.log").read_text()
    commands = printed[printed.index("  pick() ") :].replace(
        "you@example.com", f"you-{secrets.token_hex(4)}@example.com"
    )
    ended = run(commands)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    assert re.search(r"^database: [0-9a-f]{24}$", ended.stdout, re.MULTILINE)
    assert re.search(r"^key: dc_\w+$", ended.stdout, re.MULTILINE)
    assert '"inserted_ids":["' in ended.stdout


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
    """Check the examples: they print the responses, and intended refusals are quoted in the page."""
    whole = (DOCS / "api" / page).read_text()
    own = script(DOCS / "api" / page)
    text = own if "/core/register" in own else GIVEN + own
    text = text.replace("http://127.0.0.1:8000", service_url).replace(".datacube/", f"{home}/")
    ended = run(text, URL=service_url)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    refused = re.findall(r'"success":false,"message":"([^"]*)"|"detail":"([^"]*)"|"error":"([^"]*)"', ended.stdout)
    assert [message for messages in refused for message in messages if message not in whole] == []
