"""Looks up the released packages in the advisories of the package index (`./dev audit`), and writes their list.

pip-audit is in the dependency group `audit` of its own and runs in an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from datacube.local import paths

VULNERABLE, UNKNOWN = 1, 3
# What the image installs.
_RELEASED = ("--no-default-groups", "--group", "functions", "--group", "storage")
_DESCRIPTION = "Look up the packages of uv.lock that the image installs in the advisories of the package index."
# A mirror of the index may have the files of packages and not what is known about them.
_NOT_THERE = "Nothing is known about {} packages, whose advisories the index does not have:"
_EPILOG = f"Exit status: 0 no advisory, {VULNERABLE} at least one, {UNKNOWN} the advisories could not be read."


def main(arguments: Sequence[str]) -> int:
    """Print the advisories of all released packages; with `--sbom` write a bill of materials first."""
    parser = argparse.ArgumentParser(prog="datacube audit", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--sbom", type=Path, metavar="FILE", help="write a bill of materials (CycloneDX 1.5) there")
    options = parser.parse_args(arguments)
    if options.sbom:
        _export(options.sbom.absolute(), "--format", "cyclonedx1.5")
        print(f"The bill of materials is in {options.sbom}.")
    with TemporaryDirectory() as folder:
        requirements, report = Path(folder) / "requirements.txt", Path(folder) / "report.json"
        _export(requirements, "--no-emit-project")
        output = _look_up(requirements, report)
        if not report.exists():
            print(unreadable(output), file=sys.stderr)
            return UNKNOWN
        return print_report(json.loads(report.read_text()))


def _uv(*arguments: str | Path) -> list[str]:
    return [str(Path(sys.executable).parent / "uv"), *map(str, arguments)]


def _export(target: Path, *options: str) -> None:
    """Write the released packages, with hashes, to a file."""
    command = _uv("export", "--frozen", "--quiet", *_RELEASED, *options, "--output-file", target)
    subprocess.run(command, cwd=paths.ROOT, check=True, stdout=subprocess.DEVNULL)


def _look_up(requirements: Path, report: Path) -> str:
    """Let pip-audit write its report, which it does not if it cannot read the advisories; return its output."""
    command = _uv(
        *("run", "--isolated", "--frozen", "--quiet", "--only-group", "audit", "pip-audit", "--disable-pip"),
        *("--require-hashes", "--progress-spinner", "off", "--format", "json", "--output", report),
        *("--requirement", requirements),
    )
    process = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    return process.stderr


def unreadable(output: str) -> str:
    """Return the message for a look-up without a report."""
    lines = output.strip().splitlines() or ["no output"]
    return (
        f"The advisories could not be read: {lines[-1]}\n"
        "Nothing is known about the packages. Run ./dev audit again where https://pypi.org can be reached."
    )


def print_report(report: Mapping[str, Any]) -> int:
    """Print each advisory, and the packages about which nothing is known; return the status to exit with."""
    packages = report["dependencies"]
    advisories = [*_advisories(packages)]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    for line in advisories:
        print(line)
    print(f"{len(packages) - len(unknown)} packages looked up, {len(advisories)} advisories.")
    if unknown:
        print(f"{_NOT_THERE.format(len(unknown))} {', '.join(unknown)}", file=sys.stderr)
    if advisories:
        return VULNERABLE
    return UNKNOWN if unknown else 0


def _advisories(packages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for package in packages:
        for advisory in package.get("vulns", ()):
            fixed = ", ".join(advisory["fix_versions"]) or "no release"
            names = ", ".join([advisory["id"], *advisory.get("aliases", ())])
            yield f"{package['name']} {package['version']}: {names}, fixed in {fixed}"
