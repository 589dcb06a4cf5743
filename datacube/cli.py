"""The project's command, `python -m datacube`, which `./dev` runs once everything is installed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from datacube.local import assets, coverage, paths, supervisor, test_service


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the status to exit with."""
    parser = argparse.ArgumentParser(prog="datacube", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to the command")
    options = parser.parse_args(arguments)
    return COMMANDS[options.command](options.arguments)


def _up(arguments: Sequence[str]) -> int:
    if arguments:
        print(
            "up takes no arguments: HOST, PORT and DATACUBE_HOME are read from the environment",
            file=sys.stderr,
        )
        return 2
    return supervisor.main()


def _manage(arguments: Sequence[str]) -> int:
    # Replace this process, so that prompts, signals and the exit status are those of the command.
    os.execv(sys.executable, [sys.executable, str(paths.ROOT / "manage.py"), *arguments])


def _shell(arguments: Sequence[str]) -> int:
    return _manage(["shell", *arguments])


def _backup(arguments: Sequence[str]) -> int:
    return _manage(["backup", *arguments])


def _restore(arguments: Sequence[str]) -> int:
    return _manage(["restore", *arguments])


def _bench(arguments: Sequence[str]) -> int:
    os.execv(sys.executable, [sys.executable, "-m", "bench.run", *arguments])


def _screenshots(arguments: Sequence[str]) -> int:
    os.execv(sys.executable, [sys.executable, "-m", "tests.dashboard.screenshots", *arguments])


def _faults(arguments: Sequence[str]) -> int:
    os.execv(sys.executable, [sys.executable, "-m", "tests.faults.figures", *arguments])


COMMANDS = {
    "up": _up,
    "backup": _backup,
    "restore": _restore,
    "assets": assets.main,
    "bench": _bench,
    "coverage": coverage.main,
    "faults": _faults,
    "screenshots": _screenshots,
    "test": test_service.main,
    "manage": _manage,
    "shell": _shell,
}
