"""The documented examples run as written, and the responses are those of their pages."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from datacube.local.paths import ROOT

DOCS = ROOT / "docs"
API_PAGES = [
    str(path.relative_to(DOCS))
    for path in (*sorted((DOCS / "api").glob("*.md")), DOCS / "types.md")
    if "```sh\n" in path.read_text()
]


def blocks(page: Path, language: str = "sh") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


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
        timeout=280,
    )


def test_the_quickstart(service_url: str, home: Path) -> None:
    ended = run(script(DOCS / "quickstart.md"), URL=service_url, DATACUBE_HOME=str(home))
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    assert ended.stdout.endswith("The quickstart has run to its end.\n")
    assert ended.stdout.count("ok: ") > 30


def test_the_readme(service_url: str, home: Path) -> None:
    example, *_ = blocks(ROOT / "README.md", "bash")
    text = script(ROOT / "README.md") + "\necho\n" + example.replace("http://127.0.0.1:8000", service_url)
    ended = run(text, URL=service_url, DATACUBE_HOME=str(home))
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    assert re.search(r"^database: [0-9a-f]{24}$", ended.stdout, re.MULTILINE)
    assert re.search(r"^key: dc_\w+$", ended.stdout, re.MULTILINE)
    assert ended.stdout.count('"text":"hello"') == 2
    documented, *_ = blocks(ROOT / "README.md", "json")
    assert masked(ended.stdout.splitlines()[-1]) == masked(documented)


def masked(answer: str) -> Any:
    """Return an answer without what differs each time: ids, times and the numbers of keys."""
    return json.loads(re.sub(r'"(?:[0-9a-f]{24}|\d{4}-\d\d-\d\dT[^"]*|k\d+)"', '"…"', answer))


@pytest.mark.slow
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


# The shell that pages without an account of their own use: the first block of docs/api/README.md.
SHELL = "{\n" + blocks(DOCS / "api" / "README.md")[0] + "} > /dev/null\n"


@pytest.mark.parametrize("page", API_PAGES)
def test_the_examples_of_the_api_pages(page: str, service_url: str, home: Path) -> None:
    """Check the examples: they print the responses, and intended refusals are quoted in the page."""
    whole = (DOCS / page).read_text()
    own = script(DOCS / page)
    text = own if "/core/register" in own else SHELL + own
    text = text.replace("http://127.0.0.1:8000", service_url).replace(".datacube/", f"{home}/")
    ended = run(text, URL=service_url)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout[-500:]
    refused = re.findall(r'"success":false,"message":"([^"]*)"|"detail":"([^"]*)"|"error":"([^"]*)"', ended.stdout)
    assert [message for messages in refused for message in messages if message not in whole] == []
