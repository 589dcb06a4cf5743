"""What the commands of backups print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from features.backups.services import Progress, Summary


@contextmanager
def shown(unit: str) -> Iterator[Progress]:
    """Yield a function that moves a bar in a terminal; elsewhere nothing is printed."""
    with tqdm(unit=f" {unit}", disable=None) as bar:

        def progress(done: int, total: int, name: str) -> None:
            bar.total = total
            bar.set_postfix_str(name, refresh=False)
            bar.update(done - bar.n)

        yield progress


def described(summary: Summary) -> str:
    return (
        f"{summary.location}: of {summary.created_at}, {summary.databases:,} databases, "
        f"{summary.documents:,} documents, {summary.rows:,} rows of the platform, {summary.size:,} bytes."
    )
