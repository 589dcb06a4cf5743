"""A mongod beside that of the tests or of a service, for what needs a second one."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from datacube.local import embedded_servers


@contextmanager
def replica_set() -> Iterator[str]:
    """Start a replica set of one member with an empty home, and yield its URI; kill it at the end."""
    with tempfile.TemporaryDirectory(prefix="dcm") as folder:
        socket_path = Path(folder) / "m.sock"
        command = embedded_servers.mongod_command(Path(folder) / "data", socket_path=socket_path)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                while not embedded_servers.mongod_answers(socket_path):
                    assert process.poll() is None, "mongod has ended"
                    time.sleep(0.1)
                while not embedded_servers.establish_replica_set(socket_path):
                    time.sleep(0.1)
                yield f"mongodb://{quote(str(socket_path), safe='')}/?replicaSet={embedded_servers.REPLICA_SET}"
            finally:
                process.kill()
