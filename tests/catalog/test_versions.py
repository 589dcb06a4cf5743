"""Processes of one host see each other's changes of the catalog."""

from __future__ import annotations

from pathlib import Path

from catalog.versions import SharedVersions


def test_a_change_is_seen_by_all_who_map_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "versions"
    own, other = SharedVersions(path), SharedVersions(path)
    before = {name: other.of(name) for name in ("a", "b")}
    own.change("a")
    assert own.of("a") == other.of("a") != before["a"]
    assert other.of("b") == before["b"]
    assert path.stat().st_mode & 0o077 == 0
