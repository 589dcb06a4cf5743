"""The filter of system calls, installed in a process of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from datacube.local.paths import ROOT

pytestmark = pytest.mark.slow

_PROGRAM = """
import os, socket, sqlite3, sys
sys.path.append({root!r})
from features.sql.programs.seccomp import filter_system_calls
connection = sqlite3.connect(":memory:")
assert filter_system_calls()
attempts = [
    lambda: open("/etc/passwd"),
    lambda: os.kill(os.getppid(), 0),
    lambda: os.unlink({file!r}),
    lambda: os.execv("/bin/true", ["true"]),
    os.fork,
    os.pipe,
    socket.socket,
]
for attempt in attempts:
    try:
        attempt()
    except PermissionError:
        print("refused")
print(connection.execute("SELECT count(*) FROM (SELECT random())").fetchone())
"""


@pytest.mark.skipif((platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="the filter is of Linux")
def test_a_program_reaches_nothing(tmp_path: os.PathLike[str]) -> None:
    file = os.path.join(tmp_path, "kept.txt")
    with open(file, "w") as stream:
        stream.write("kept")
    program = _PROGRAM.format(root=str(ROOT), file=file)
    result = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert (result.stderr, result.stdout.splitlines()) == ("", ["refused"] * 7 + ["(1,)"])
    assert os.path.exists(file)
