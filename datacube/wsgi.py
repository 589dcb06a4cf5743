"""The WSGI application, which `datacube.asgi` calls and a WSGI server can load."""

import gc
import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from datacube.local import child_process


def _end_with_the_server() -> None:
    """Under the supervisor a worker of the server must not outlive it, whatever ended it."""
    server = multiprocessing.parent_process()
    if server is not None and server.pid is not None:
        child_process.die_with_parent(signal.SIGKILL, parent=server.pid)


if os.environ.get("DATACUBE_SUPERVISED") == "1":
    _end_with_the_server()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")
django = get_wsgi_application()  # sets Django up, which what follows needs

# isort: split
from datacube.serving.fast_path import FastPath  # noqa: E402

application = FastPath(django)

# What is loaded by now stays: it need not be looked through again and again, which takes 50 ms each time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
