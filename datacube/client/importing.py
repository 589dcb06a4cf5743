"""`datacube import`: sends a file to a running service and follows the import to its end."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpx
from tqdm import tqdm
from tqdm.utils import CallbackIOWrapper

from datacube.client.service import CommandFailed, add_arguments, check, connect, explained, run

_POLL_SECONDS = 0.5
_ENDED = ("done", "failed")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    commands = argparse.ArgumentParser(
        prog="datacube import",
        description="Import a file of JSON, NDJSON, CSV or TSV, also compressed by gzip, into a collection.",
        epilog="Exit status: 0 imported, 1 refused or failed, 2 wrong arguments. A failed import leaves nothing.",
    )
    commands.add_argument("file", type=Path)
    add_arguments(commands)
    commands.add_argument("--collection", metavar="NAME", help="by default the name of the file; may be new")
    commands.add_argument("--format", choices=("json", "csv", "tsv"), help="by default from the file name")
    commands.add_argument("--skip-errors", action="store_true", help="leave rows with errors out and count them")
    commands.add_argument("--dry-run", action="store_true", help="read the beginning, print it and store nothing")
    commands.add_argument("--no-wait", action="store_true", help="print the job of a large file and return at once")
    return commands


def import_file(options: argparse.Namespace) -> int:
    """Send the file, follow its job, print the outcome and return the status to exit with."""
    with connect(options) as client:
        body = _send(client, options)
        if options.dry_run:
            print(json.dumps(body, indent=2, ensure_ascii=False))
            return 0
        if "job_id" in body:
            if options.no_wait:
                print(f"The import continues as the job {body['job_id']}: {body['status_url']}")
                return 0
            body = _follow(client, body["job_id"])
    rejected = f", {body['rejected_count']:,} rows left out" if body.get("rejected_count") else ""
    print(f"Imported {body.get('inserted_count', 0):,} documents into {body.get('collection', '–')}{rejected}.")
    return 0


def _send(client: httpx.Client, options: argparse.Namespace) -> dict[str, Any]:
    form = {
        "database_id": options.database,
        "collection_name": options.collection,
        "format": options.format,
        "on_error": "skip" if options.skip_errors else None,
        "dry_run": "true" if options.dry_run else None,
    }
    with options.file.open("rb") as file, _bar("sending", total=options.file.stat().st_size) as bar:
        content = cast("BinaryIO", CallbackIOWrapper(bar.update, file, "read"))
        files = {"json_file": (options.file.name, content, "application/octet-stream")}
        chosen = {name: value for name, value in form.items() if value is not None}
        return check(client.post("/api/import_data", data=chosen, files=files))


def _follow(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """Return the status of a job once it is done. Raises `CommandFailed` when it has failed."""
    with _bar("importing", total=0) as bar:
        while True:
            body = check(client.get("/api/import_status", params={"job_id": job_id}))
            bar.total = body.get("bytes_total") or None
            bar.set_postfix_str(f"{body.get('inserted_count', 0):,} documents, {body['state']}", refresh=False)
            bar.update(body.get("bytes_read", 0) - bar.n)
            if body["state"] in _ENDED:
                break
            time.sleep(_POLL_SECONDS)
    if body["state"] == "failed":
        raise CommandFailed(
            explained(f"The import failed, and nothing of it is left: {body.get('message', '')}", body)
        )
    return body


def _bar(name: str, *, total: int) -> tqdm[Any]:
    """Return a bar that counts bytes, in a terminal alone."""
    return tqdm(desc=name, total=total, unit="B", unit_scale=True, unit_divisor=1024, disable=None)


if __name__ == "__main__":
    sys.exit(run(import_file, parser(), sys.argv[1:]))
