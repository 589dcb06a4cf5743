"""The doctor's checks of directories and disks."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import pytest

from datacube.doctor import space
from datacube.doctor.finding import Health


def states(findings: Any) -> list[Health]:
    return [finding.state for finding in findings]


@pytest.mark.parametrize(
    ("minimum", "state"),
    [(1, Health.OK), (10**18, Health.PROBLEM)],
)
def test_a_disk_below_the_floor_is_a_problem(settings: Any, tmp_path: Path, minimum: int, state: Health) -> None:
    settings.MIN_FREE_BYTES = minimum
    assert states(space.disks({"home": tmp_path / "not" / "yet"})) == [state]


def test_a_disk_near_the_floor_is_a_warning(settings: Any) -> None:
    settings.MIN_FREE_BYTES = 2**30
    assert space._free("home", "here", 2 * 2**30).lines()[0] == "warning  home: 2.0 GiB are free (here)"


def test_a_directory_that_cannot_be_written_is_a_problem() -> None:
    (finding,) = space.disks({"SPOOL": Path("/proc/self/spool")})
    assert finding.state == Health.PROBLEM
    assert finding.text.startswith("/proc/self/spool cannot be written: ")


def test_a_secret_that_everybody_can_read_is_a_problem(tmp_path: Path) -> None:
    secret = tmp_path / "secret_key"
    secret.write_text("x")
    secret.chmod(0o644)
    tmp_path.chmod(0o700)
    assert states(space.secrets(tmp_path)) == []
    tmp_path.chmod(0o755)
    assert states(space.secrets(tmp_path)) == [Health.PROBLEM]


def test_few_open_files_are_a_warning() -> None:
    assert space.open_files(1024).state == Health.WARNING
    assert space.open_files(resource.RLIM_INFINITY).state == Health.OK


def test_the_free_space_of_documents_is_known(service_url: str) -> None:
    assert space.documents().text.endswith("GiB are free (where documents are)")
