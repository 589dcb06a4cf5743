"""What the commands of backups print."""

from __future__ import annotations

from pathlib import Path

from features.backups.locations import LocalFile
from features.backups.progress import described, shown
from features.backups.services import Summary


def test_a_bar_is_for_terminals_alone(capsys) -> None:
    with shown("databases") as progress:
        progress(0, 2, "a")
        progress(2, 2, "")
    assert capsys.readouterr() == ("", "")


def test_a_backup_is_described_in_a_line() -> None:
    summary = Summary(
        LocalFile(Path("b.tar")), "2030-01-01T00:00:00+00:00", databases=1, documents=1234, rows=5, size=67890
    )
    assert described(summary) == (
        "b.tar: of 2030-01-01T00:00:00+00:00, 1 databases, 1,234 documents, 5 rows of the platform, 67,890 bytes."
    )
