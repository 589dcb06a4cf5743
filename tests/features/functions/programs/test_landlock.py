"""Files of a process that Landlock restricts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from datacube.local.paths import ROOT
from features.functions.programs.landlock import version

pytestmark = pytest.mark.slow

_PROGRAM = """
import os, sys
sys.path.append({root!r})
from features.functions.programs.landlock import restrict_files
assert restrict_files(readable=[{folder!r}, "/missing"], executable=["/bin/true"])
print(open({file!r}).read())
for attempt in (
    lambda: open({file!r}, "a"),
    lambda: open({other!r}),
    lambda: os.mkdir({folder!r} + "/new"),
    lambda: os.rename({file!r}, {file!r} + "2"),
    lambda: os.execv("/bin/ls", ["ls"]),
):
    try:
        attempt()
    except PermissionError:
        print("refused")
"""


def test_other_files_are_refused(tmp_path: Path) -> None:
    if not version():
        pytest.skip("the kernel has no Landlock")
    folder, other = tmp_path / "a", tmp_path / "b"
    folder.mkdir()
    other.write_text("secret")
    file = folder / "c"
    file.write_text("content")
    names = {"root": str(ROOT), "folder": str(folder), "file": str(file), "other": str(other)}
    command = [sys.executable, "-I", "-S", "-c", _PROGRAM.format(**names)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.stderr, result.stdout.splitlines()) == ("", ["content"] + ["refused"] * 5)
