"""The state directory of an installation, and the private sockets of its embedded servers."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent.parent


def home() -> Path:
    """Return the state directory: `DATACUBE_HOME`, or `.datacube/` in the checkout."""
    return Path(os.environ.get("DATACUBE_HOME") or ROOT / ".datacube").resolve()


def sockets(*, of: Path | None = None) -> Path:
    """Return a short directory for unix sockets, whose paths are limited to about 107 bytes; one for each home."""
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")
    name = hashlib.sha256(str(of or home()).encode()).hexdigest()[:12]
    return base / f"datacube-{os.getuid()}-{name}"


def embedded_mongodb_path() -> Path:
    return sockets() / "m.sock"


def embedded_mongodb_uri() -> str:
    return f"mongodb://{quote(str(embedded_mongodb_path()), safe='')}/?replicaSet=datacube"


def embedded_redis_path() -> Path:
    return sockets() / "v.sock"


def secret_key() -> str:
    """Return the signing key of the embedded mode; create it once, readable only by its owner."""
    path = home() / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(scratch, path)
    except FileExistsError:
        return path.read_text()
    finally:
        scratch.unlink()
    return path.read_text()
