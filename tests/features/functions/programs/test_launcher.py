"""What the launcher takes away from the program that it becomes, whatever that program is."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from datacube.local.paths import ROOT
from features.functions.programs.landlock import version

pytestmark = pytest.mark.slow

_PROGRAM = """
import os, socket, threading
attempts = {{
    "read": lambda: open("/etc/passwd"),
    "list": lambda: os.listdir("/"),
    "read_parent": lambda: open("/proc/{parent}/environ"),
    "write": lambda: open({file!r}, "w"),
    "delete": lambda: os.unlink({file!r}),
    "socket": socket.socket,
    "fork": os.fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "kill": lambda: os.kill({parent}, 0),
}}
for name, attempt in attempts.items():
    try:
        attempt()
        print(name, "succeeded")
    except OSError:
        pass
thread = threading.Thread(target=lambda: print("thread"))
thread.start()
thread.join()
print(dict(os.environ).keys() <= {{"DENO_DIR", "DENO_NO_UPDATE_CHECK", "NO_COLOR", "LC_CTYPE"}})
try:
    bytearray(300 << 20)
except MemoryError:
    print("memory")
"""


@pytest.mark.skipif((platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="the filter is of Linux")
def test_a_program_reaches_nothing(tmp_path: Path) -> None:
    if not version():
        pytest.skip("the kernel has no Landlock")
    file = tmp_path / "kept.txt"
    file.write_text("kept")
    paths = [sys.base_prefix, sysconfig.get_path("stdlib")]
    job = {
        "deno": os.path.realpath(sys.executable),
        "arguments": ["-I", "-S", "-c", _PROGRAM.format(file=str(file), parent=os.getpid())],
        "readable": paths,
        "memory": 256 << 20,
        "seconds": 10,
    }
    start = (
        f"import sys; sys.path.append({str(ROOT)!r}); from features.functions.programs.launcher import main; main()"
    )
    command = [sys.executable, "-I", "-S", "-B", "-c", start, json.dumps(job)]
    result = subprocess.run(command, capture_output=True, text=True, env={"SECRET_KEY": "a"})
    assert (result.stdout.splitlines(), result.stderr) == (["thread", "True", "memory"], "")
    assert file.read_text() == "kept"
