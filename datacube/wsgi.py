"""The WSGI application, which `datacube.asgi` calls and a WSGI server can load."""

import gc
import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from datacube.local import child_process


def _exit_with_server() -> None:
    """Exit with the web server: under the supervisor a worker must not outlive it, however it ended."""
    server = multiprocessing.parent_process()
    if server is not None and server.pid is not None:
        child_process.die_with_parent(signal.SIGKILL, parent=server.pid)


if os.environ.get("DATACUBE_SUPERVISED") == "1":
    _exit_with_server()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")
django = get_wsgi_application()  # sets up Django, which the imports below need

# isort: split
from datacube.serving.fast_path import FastPath  # noqa: E402

application = FastPath(django)

# Exclude the objects loaded so far from garbage collection: they stay, and scanning them takes 50 ms each time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
