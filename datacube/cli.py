"""The project's command: `datacube`, `./dev` once everything is installed, or `python -m datacube`."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from collections.abc import Callable, Sequence

from datacube.local import advisories, assets, paths, supervisor, test_service

_DESCRIPTION = "Run, administer and examine a DataCube installation."
_EPILOG = "`datacube COMMAND --help` describes one command. Settings are environment variables: docs/operations.md."


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the status to exit with."""
    lines = [f"  {name:<18}{HELP[name]}" for name in COMMANDS]
    parser = argparse.ArgumentParser(
        prog="datacube",
        description=_DESCRIPTION,
        epilog="\n".join(["commands:", *lines, "", _EPILOG]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=sorted(COMMANDS), metavar="COMMAND", help="one of those below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to the command")
    options = parser.parse_args(arguments)
    if os.environ.get("DATACUBE_HOME"):
        os.environ["DATACUBE_HOME"] = str(paths.home())  # some commands change the directory
    return COMMANDS[options.command](options.arguments)


def _up(arguments: Sequence[str]) -> int:
    if arguments in (["--help"], ["-h"]):
        print(f"usage: datacube up\n\n{HELP['up']}. HOST, PORT and DATACUBE_HOME are read from the environment.")
        return 0
    if arguments:
        print(
            "up takes no arguments: HOST, PORT and DATACUBE_HOME are read from the environment",
            file=sys.stderr,
        )
        return 2
    os.chdir(paths.ROOT)
    return supervisor.main()


def _assets(arguments: Sequence[str]) -> int:
    os.chdir(paths.ROOT)
    return assets.main(arguments)


def _test(arguments: Sequence[str]) -> int:
    os.chdir(paths.ROOT)
    return test_service.main(arguments)


def _manage(arguments: Sequence[str]) -> int:
    # Replace this process, so that prompts, signals and the exit status are those of the command.
    os.execv(sys.executable, [sys.executable, str(paths.ROOT / "manage.py"), *arguments])


def _command(name: str) -> Callable[[Sequence[str]], int]:
    """Return the function that runs a management command of Django."""
    return lambda arguments: _manage([name, *arguments])


def _program(module: str) -> Callable[[Sequence[str]], int]:
    """Return the function that replaces this process by a module of the checkout."""

    def run(arguments: Sequence[str]) -> int:
        os.chdir(paths.ROOT)
        os.execv(sys.executable, [sys.executable, "-m", module, *arguments])

    return run


def _module(module: str) -> Callable[[Sequence[str]], int]:
    """Return the function that runs a module in this process, in the caller's directory: it names files there."""

    def run(arguments: Sequence[str]) -> int:
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__")
        return 0

    return run


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "up": _up,
    "doctor": _module("datacube.doctor"),
    "user": _command("user"),
    "key": _command("key"),
    "import": _module("datacube.client.importing"),
    "export": _module("datacube.client.exporting"),
    "backup": _command("backup"),
    "restore": _command("restore"),
    "maintenance": _command("maintenance"),
    "cluster": _command("cluster"),
    "manage": _manage,
    "shell": _command("shell"),
    "bench": _program("bench.run"),
    "test": _test,
    "coverage": _program("datacube.local.coverage"),
    "faults": _program("tests.faults.figures"),
    "production-drill": _program("tests.drill.run"),
    "assets": _assets,
    "audit": advisories.main,
    "screenshots": _program("tests.dashboard.screenshots"),
}
HELP = {
    "up": "start the whole service here and keep it running until Ctrl-C",
    "doctor": "check every dependency, version, setting and the free disk, and say what to do",
    "user": "create and list users, deactivate one, set a password",
    "key": "create, list, rotate and revoke API keys",
    "import": "send a file of documents to a running service",
    "export": "write the documents of a collection into a file",
    "backup": "write a backup of the running installation, list backups, or check one",
    "restore": "fill an empty installation from a backup, or restore one database",
    "maintenance": "refuse writes while reads go on: on, off or status",
    "cluster": "add and list MongoDB clusters, and move databases between them",
    "manage": "Django's management commands",
    "shell": "Django's Python shell",
    "bench": "measure a fresh service beside its peers",
    "test": "run the tests against a fresh service",
    "coverage": "do the same, and count which lines run",
    "faults": "attack a fresh service and print what it withstood",
    "production-drill": "run the parts of docker-compose.yml without Docker, and kill them",
    "assets": "build the dashboard's scripts and styles",
    "audit": "look up the released packages in the advisories of the package index",
    "screenshots": "make pictures of every page of the dashboard",
}
