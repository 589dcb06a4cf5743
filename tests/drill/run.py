"""Starts the parts of docker-compose.yml without Docker and kills some (`./dev production-drill`).

PostgreSQL, three members of MongoDB's replica set with a keyfile, Valkey with a password, two web nodes, `streams`,
worker and scheduler, behind Caddy with the shipped configuration. Commands, settings and rights are read from
`docker-compose.yml` and `deploy/`.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg

from datacube.local import paths
from datacube_client import DataCube, DataCubeError, Retries
from tests.drill import parts
from tests.drill.installation import Installation, installation
from tests.drill.load import Load
from tests.drill.parts import DrillError, Part
from tests.drill.slow import measure_slow_clients
from tests.faults.figures import line, table
from tests.faults.support import Figure
from tests.test_quickstart import run, script

_WRITERS = 4
_FIELDS = [{"name": "n", "type": "number", "unique": False}]
# For each fault: seconds until the killed part is started again, and until the next fault.
_RESTART_SECONDS, _WINDOW_SECONDS = 6.0, 20.0
_MAX_OUTAGE_SECONDS = 30.0


def main(arguments: Sequence[str]) -> int:
    """Run the drill and print its figures; 1 where a limit is not kept, or a part does not start."""
    parser = argparse.ArgumentParser(prog="./dev production-drill", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="of the import that runs during the faults")
    parser.add_argument("--slow-clients", type=int, default=300, metavar="NUMBER", help="0 leaves them out")
    options = parser.parse_args(arguments)
    try:
        print(_versions(), flush=True)
        figures = _drill(options.rows, options.slow_clients)
    except (DrillError, DataCubeError) as error:
        print(error, file=sys.stderr)
        return 1
    print(table(figures))
    return 0 if all(figure.ok for figure in figures) else 1


def _drill(rows: int, slow_clients: int) -> list[Figure]:
    """Return the figures of a new installation. Its folder is kept where one of them is not good."""
    home = Path(tempfile.mkdtemp(prefix="datacube-drill-"))
    print(f"The logs are in {home} while it runs, and afterwards if something fails.", flush=True)
    home.chmod(0o711)  # PostgreSQL, which runs as another user, must reach its folder
    began = time.monotonic()
    with installation(home) as running:
        figures = [_started(time.monotonic() - began), *_measure(running, rows, slow_clients)]
    if all(figure.ok for figure in figures):
        shutil.rmtree(home)
    return figures


def _versions() -> str:
    """Return the versions of the programs that the drill does not install."""
    postgres = parts.program("postgres", package="postgresql", folders="/usr/lib/postgresql/*/bin")
    commands = ([postgres, "--version"], [parts.program("caddy", package="caddy"), "version"])
    outputs = [subprocess.run(command, capture_output=True, text=True).stdout.split() for command in commands]
    return f"PostgreSQL {outputs[0][2]}, Caddy {outputs[1][0]}"


def _started(seconds: float) -> Figure:
    return _said(
        Figure(1, "start of all parts, until /readyz answers through the proxy", "", f"{seconds:.0f} s", True)
    )


def _said(figure: Figure) -> Figure:
    print(line(figure), flush=True)
    return figure


def _measure(system: Installation, rows: int, slow_clients: int) -> list[Figure]:
    figures = [_said(_quickstart(system))]
    with ExitStack() as running:
        load, client = _new_load(system, running)
        load.start(writers=_WRITERS)
        running.callback(load.finish)
        imported: dict[str, int | str] = {}
        importer = threading.Thread(target=_import, args=(client, load.database, rows, imported), daemon=True)
        importer.start()
        time.sleep(3)
        faults = [_primary, _web_node, _streams, _worker, _proxy]
        figures += [_said(_outage(number, system, load, fault)) for number, fault in enumerate(faults, 3)]
        load.finish()
        importer.join(300)
        figures += map(_said, _counted(load, imported, rows))
    if slow_clients:
        figures.append(_said(measure_slow_clients(system.url, slow_clients, number=len(figures) + 2)))
    figures.append(_said(_unchanged_audit_log(system, number=len(figures) + 2)))
    return figures


def _quickstart(system: Installation) -> Figure:
    """Run the quickstart's commands through the proxy."""
    text = script(paths.ROOT / "docs" / "quickstart.md")
    ended = run(text, URL=system.url, DATACUBE_HOME=str(system.home))
    checks = ended.stdout.count("ok: ")
    if ended.returncode:
        print(ended.stdout[-1500:], ended.stderr[-1500:], file=sys.stderr)
    return Figure(2, "quickstart through the proxy", "every check", f"{checks} checks", ended.returncode == 0)


def _unchanged_audit_log(system: Installation, *, number: int) -> Figure:
    """Try to change an entry of the audit log as the user of the service, whom PostgreSQL must refuse."""
    with psycopg.connect(system.sql_url, autocommit=True) as sql:
        (entries,) = sql.execute("SELECT count(*) FROM audit_auditentry").fetchone() or (0,)
        try:
            changed = sql.execute("UPDATE audit_auditentry SET action = 'other'").rowcount
        except psycopg.errors.RaiseException:
            changed = 0
    name = "change of an entry of the audit log, in PostgreSQL"
    return Figure(number, name, "refused", f"{changed} of {entries} changed", entries > 0 and not changed)


def _new_load(system: Installation, running: ExitStack) -> tuple[Load, DataCube]:
    """Return the load on a new database of a new account, and a client of that account."""
    retries = Retries(attempts=40, delay=0.1, max_delay=2.0)
    client = running.enter_context(DataCube(system.url, retries=retries, options={"trust_env": False}))
    person = {"email": f"drill-{secrets.token_hex(6)}@example.com", "password": secrets.token_hex(12)}
    client.account.register(first_name="D", last_name="D", **person)
    _verify(system, client, person["email"])
    client.account.sign_in(**person)
    created = client.create_database("drill", [{"name": "things", "fields": _FIELDS}])
    key = client.keys.create("drill")["key"]
    return Load(system.url, key, created["database"]["id"]), client


def _verify(system: Installation, client: DataCube, email: str) -> None:
    """Open the link in the mail, which the worker sends."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        mails = [path.read_text() for path in (system.home / "mail").glob("*")]
        links = [
            part for mail in mails if f"To: {email}" in mail for part in mail.split() if "/verify-email/" in part
        ]
        if links:
            client.account.verify_email(links[-1].rstrip("/").rpartition("/")[2])
            return
        time.sleep(0.2)
    raise DrillError("The worker has sent no mail that verifies an address.")


def _import(client: DataCube, database: str, rows: int, result: dict[str, int | str]) -> None:
    """Import a file while parts are killed, and note how it ended."""
    content = json.dumps([{"row": row, "text": "x" * 60} for row in range(rows)]).encode()
    try:
        job = client.database(database).import_file(content, collection="rows")
        result |= {"state": job.get("state", "done"), "count": client.database(database).collection("rows").count()}
    except DataCubeError as error:
        result["state"] = str(error)


# --- faults -------------------------------------------------------------------------------------------

Fault = tuple[str, Part]


def _primary(system: Installation) -> Fault:
    port = system.primary()
    if port is None:
        raise DrillError(f"The replica set has no primary: {system.states()}")
    return "kill -9 of MongoDB's primary", system.members[port]


def _web_node(system: Installation) -> Fault:
    return "kill -9 of a web node", system.parts["web-1"]


def _streams(system: Installation) -> Fault:
    return "kill -9 of the node of the event streams", system.parts["streams"]


def _worker(system: Installation) -> Fault:
    return "kill -9 of the worker", system.parts["worker"]


def _proxy(system: Installation) -> Fault:
    return "kill -9 of the proxy, restarted after 1 s", system.parts["proxy"]


def _outage(number: int, system: Installation, load: Load, fault: Callable[[Installation], Fault]) -> Figure:
    """Kill a part and start it again; return the longest time in which the probe got no answer."""
    name, part = fault(system)
    begin = time.monotonic()
    before = load.refused.copy()
    part.kill()
    time.sleep(1 if part is system.parts["proxy"] else _RESTART_SECONDS)
    part.start()
    part.wait_until_ready()
    time.sleep(max(0.0, begin + _WINDOW_SECONDS - time.monotonic()))
    seconds = load.outage(begin, time.monotonic())
    refused = ", ".join(f"{count} x {kind}" for kind, count in (load.refused - before).items())
    measured = f"{seconds:.1f} s without an answer; refused: {refused or 'none'}"
    return Figure(number, name, f"{_MAX_OUTAGE_SECONDS:.0f} s", measured, seconds <= _MAX_OUTAGE_SECONDS)


def _counted(load: Load, imported: dict[str, int | str], rows: int) -> list[Figure]:
    outcome = load.check()
    for text in load.failed[:3]:
        print(f"   a writer gave up: {text}")
    return [
        Figure(
            8,
            f"acknowledged inserts; {_WRITERS} writers repeat with a key, a probe does not",
            "0 lost, 0 doubled, 0 given up",
            f"{outcome.acknowledged}: {outcome.lost} lost, {outcome.doubled} doubled, {outcome.failed} given up",
            outcome.acknowledged > 0 and not (outcome.lost or outcome.doubled or outcome.failed),
        ),
        Figure(
            9,
            "events of the inserts, at one client that resumes",
            "0 missed, 0 doubled",
            f"{outcome.missed_events} missed, {outcome.doubled_events} doubled",
            not (outcome.missed_events or outcome.doubled_events),
        ),
        Figure(
            10,
            f"import of {rows:,} rows during the faults",
            "every row once",
            f"{imported.get('state')}, {imported.get('count')} documents",
            imported == {"state": "done", "count": rows},
        ),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
