"""`datacube export`: writes the documents of a collection of a running service into a file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

from datacube.client.service import CommandFailed, add_arguments, check, connect, run

_FORMATS = ("json", "ndjson", "csv", "extended", "canonical")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    commands = argparse.ArgumentParser(
        prog="datacube export",
        description="Write the documents of a collection, or those that a filter matches, into a file.",
        epilog="Exit status: 0 written, 1 refused or interrupted, 2 wrong arguments. A part is removed.",
    )
    add_arguments(commands)
    commands.add_argument("--collection", required=True, metavar="NAME")
    commands.add_argument("--output", type=Path, metavar="FILE", help="a new file; by default the standard output")
    commands.add_argument("--format", choices=_FORMATS, default="ndjson", help="by default %(default)s")
    commands.add_argument("--filter", metavar="JSON", help="a filter, as GET /api/crud takes it")
    commands.add_argument("--sort", metavar="FIELDS", help="such as name,-released")
    commands.add_argument("--fields", metavar="FIELDS", help="such as name,email or -notes")
    commands.add_argument("--system", action="store_true", help="with _id and _sys, which an import refuses")
    commands.add_argument("--overwrite", action="store_true", help="replace the file if it exists")
    return commands


def export(options: argparse.Namespace) -> int:
    """Write the file, print its size and return the status to exit with."""
    chosen = {
        "database_id": options.database,
        "collection_name": options.collection,
        "format": options.format,
        "filters": options.filter,
        "sort": options.sort,
        "fields": options.fields,
        "system": "true" if options.system else None,
    }
    params = {name: value for name, value in chosen.items() if value is not None}
    with connect(options) as client, client.stream("GET", "/api/export", params=params) as response:
        if not response.is_success:
            response.read()
            check(response)
        with _target(options.output, overwrite=options.overwrite) as file, _bar() as bar:
            for piece in response.iter_bytes():
                file.write(piece)
                bar.update(len(piece))
    if options.output:
        print(f"{options.output}: {options.output.stat().st_size:,} bytes.")
    return 0


@contextmanager
def _target(path: Path | None, *, overwrite: bool) -> Iterator[BinaryIO]:
    """Yield the file to write; it gets its name when it is complete. Raises `CommandFailed` where it exists."""
    if path is None:
        yield sys.stdout.buffer
        return
    if path.exists() and not overwrite:
        raise CommandFailed(f"{path} exists; choose another name, or replace it with --overwrite.")
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _bar() -> tqdm[Any]:
    return tqdm(desc="exporting", unit="B", unit_scale=True, unit_divisor=1024, disable=None)


if __name__ == "__main__":
    sys.exit(run(export, parser(), sys.argv[1:]))
