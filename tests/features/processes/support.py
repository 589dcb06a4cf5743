"""What tests of child processes share."""

from __future__ import annotations

import os
from contextlib import suppress


def open_pipes() -> set[str]:
    """Return the pipes that this process has open, such as `pipe:[12345]`.

    Of all its files only these belong to child processes: other threads open and close sockets at any time.
    """
    targets: set[str] = set()
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # it was closed since, as that of the listing itself
            targets.add(os.readlink(f"/proc/self/fd/{name}"))
    return {target for target in targets if target.startswith("pipe:")}
