"""Searches all that the service of a test run has written for the secrets that the tests have used.

`python -m tests.secret_scan`, with DATACUBE_HOME and while the service runs; `./dev test` does so at the end. It
prints the kind and the place of each secret, never the secret, and exits with 1 if there is one.

A mail may have the single-use token of its own links, and the output of `up` that of the first account's link.
These tokens may be nowhere else.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from datacube.local import paths, test_service
from tests.secret_scan import places, recorder
from tests.secret_scan.matching import Needles
from tests.secret_scan.places import Piece

MAILED, FIRST = "token of a mailed link", "token of the first link"
ALLOWED = {MAILED: "mail/", FIRST: "up.log"}
_LINK = re.compile(rb"https?://[^\s\"'<>]+")
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{32,}")
_MAX_PRINTED = 50


def secrets_of(home: Path) -> Iterator[tuple[str, str]]:
    """Yield kind and text of all secrets of a run: recorded, delivered by links, and those of the installation.

    The links come last: a token that a test has sent is still one that its mail may have.
    """
    yield from recorder.recorded(home)
    yield "secret key of the installation", (home / "secret_key").read_text()
    yield "token of the metrics", test_service.METRICS_TOKEN
    for file in sorted((home / "mail").glob("*")):
        yield from ((MAILED, token) for token in _tokens(file.read_bytes()))
    yield from ((FIRST, token) for token in _tokens((home / "up.log").read_bytes()))


def _tokens(text: bytes) -> Iterator[str]:
    for link in _LINK.findall(text):
        yield from (token.decode() for token in _TOKEN.findall(link))


def findings(pieces: Iterable[Piece], needles: Needles) -> Iterator[str]:
    """Yield a line for each secret in each part of the pieces: its kind and its place."""
    for piece in pieces:
        whole = _refused(needles.search(piece.content), piece.place)
        for name, content in piece.parts() if whole else ():
            kinds = _refused(needles.search(content), piece.place)
            whole -= kinds
            yield from (f"{kind} in {piece.place}, {name}" for kind in sorted(kinds))
        yield from (f"{kind} in {piece.place}, across lines" for kind in sorted(whole))


def _refused(kinds: set[str], place: str) -> set[str]:
    return {kind for kind in kinds if not place.startswith(ALLOWED.get(kind, "\0"))}


def report(secrets: Iterable[tuple[str, str]], written: Iterable[Piece]) -> int:
    """Print what is found of the secrets in the pieces, and return the status to exit with."""
    started = time.monotonic()
    needles, pieces = Needles.of(secrets), _Counted(written)
    lines = [*findings(pieces, needles)]
    for line in lines[:_MAX_PRINTED]:
        print(line, file=sys.stderr)
    seconds = time.monotonic() - started
    print(
        f"Secret scan: {len(needles.kinds)} secrets, {pieces.size >> 20} MB written,"
        f" {len(lines)} found ({seconds:.1f} s)"
    )
    return int(bool(lines))


def main() -> int:
    home = paths.home()
    written = chain(places.files(home), places.sql(home), places.documents(paths.embedded_mongodb_uri()))
    return report(secrets_of(home), written)


class _Counted:
    """Pieces, and the sum of their sizes in bytes."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.pieces = pieces
        self.size = 0

    def __iter__(self) -> Iterator[Piece]:
        for piece in self.pieces:
            self.size += len(piece.content)
            yield piece


if __name__ == "__main__":
    sys.exit(main())
