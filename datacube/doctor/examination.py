"""Runs all checks and prints what they have found."""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
from collections import Counter
from collections.abc import Iterator

import django
from django.core.exceptions import ImproperlyConfigured

from datacube.doctor import configuration, installation
from datacube.doctor.finding import Finding, Health, fail

_EPILOG = "Exit status: 0 without problems, 1 with one or more. Warnings do not count."


def main() -> None:
    """Print every finding and exit with 1 if one is a problem."""
    parser = argparse.ArgumentParser(
        prog="datacube doctor",
        description="Check every dependency, version, setting and the free disk of this installation.",
        epilog=_EPILOG,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object for each finding")
    options = parser.parse_args(sys.argv[1:])
    counts: Counter[Health] = Counter()
    for finding in findings():
        counts[finding.state] += 1
        print(json.dumps(finding.as_dict()) if options.json else "\n".join(finding.lines()), flush=True)
    if not options.json:
        problems, warnings = counts[Health.PROBLEM], counts[Health.WARNING]
        print(f"\n{problems} problems, {warnings} warnings, {counts[Health.OK]} parts are fine.")
    sys.exit(1 if counts[Health.PROBLEM] else 0)


def findings() -> Iterator[Finding]:
    """Yield all findings. Those that need settings are left out where the settings cannot be read."""
    yield from installation.check()
    settings_are_readable = True
    for finding in configuration.readable(os.environ):
        settings_are_readable = settings_are_readable and finding.state != Health.PROBLEM
        yield finding
    if not settings_are_readable:
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        yield fail("settings", str(error), "see docs/operations.md#settings")
        return
    yield from runpy.run_module("datacube.doctor.live")["check"]()
