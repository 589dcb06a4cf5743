"""The parts of `docker-compose.yml` as processes of this machine: started, prepared, stopped."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pymongo
from pymongo.errors import AutoReconnect, ConnectionFailure, OperationFailure

from datacube.local import embedded_servers
from tests.drill import compose, parts
from tests.drill.parts import Part

_MEMBERS = 3
_SET = "datacube"
_CACHE_GB = "0.25"  # for each member: three share one machine


@dataclass
class Installation:
    """A running installation. `url` is the proxy's."""

    home: Path
    url: str
    members: dict[int, Part]
    admin_uri: str
    sql_url: str
    parts: dict[str, Part] = field(default_factory=dict)

    def primary(self) -> int | None:
        """Return the port of the member that is primary; None while there is none."""
        with _client(self.admin_uri) as client:
            try:
                hello = client.admin.command("hello")
            except (ConnectionFailure, AutoReconnect):
                return None
            return int(hello["primary"].rpartition(":")[2]) if "primary" in hello else None

    def states(self) -> list[str]:
        """Return the state of each member as the set reports it, such as `PRIMARY`."""
        with _client(self.admin_uri) as client:
            return sorted(member["stateStr"] for member in client.admin.command("replSetGetStatus")["members"])


@contextmanager
def installation(home: Path, *, web_nodes: int = 2) -> Iterator[Installation]:
    """Run a whole installation below `home` while the block lasts."""
    ports = parts.free_ports(_MEMBERS + web_nodes + 4)
    member_ports, web_ports = ports[:_MEMBERS], ports[_MEMBERS : _MEMBERS + web_nodes]
    streams, valkey, postgres, proxy = ports[_MEMBERS + web_nodes :]
    values = _secrets(f"http://127.0.0.1:{proxy}", home)
    with ExitStack() as running:
        start = _starter(running)
        members = {port: start(_mongod(home, port, values)) for port in member_ports}
        start(_postgres(home, postgres, values))
        start(_valkey(home, valkey, values))
        uri = _initiate(member_ports, values)
        environment = _environment(home, values, member_ports, valkey=valkey, postgres=postgres)
        _migrate(home, environment)
        result = Installation(home, values["BASE_URL"], members, uri, environment["DATABASE_URL"])
        for number, port in enumerate(web_ports, 1):
            result.parts[f"web-{number}"] = start(_web(home, f"web-{number}", port, environment))
        result.parts["streams"] = start(
            _web(home, "streams", streams, environment | compose.beyond("streams", "web"))
        )
        for name in ("worker", "beat"):
            result.parts[name] = start(_celery(home, name, environment))
        result.parts["proxy"] = start(_caddy(home, proxy, web_ports, streams))
        _await(lambda: httpx.get(f"{result.url}/readyz", trust_env=False).status_code == 200)
        yield result


def _starter(running: ExitStack) -> Callable[[Part], Part]:
    def start(part: Part) -> Part:
        part.start()
        running.callback(part.stop)
        part.wait_until_ready()
        return part

    return start


def _secrets(url: str, home: Path) -> dict[str, str]:
    """Return what `.env` has, and `MAIL` for the quickstart, which reads its mail from files."""
    names = ("SECRET_KEY", "MONGODB_ROOT_PASSWORD", "MONGODB_PASSWORD", "MONGODB_KEY", "VALKEY_PASSWORD")
    return {
        **{name: secrets.token_hex(32) for name in (*names, "POSTGRES_PASSWORD")},
        "BASE_URL": url,
        "SITE_ADDRESS": url,
        "ALLOWED_HOSTS": "127.0.0.1",
        "EMAIL_URL": f"filemail:///{home / 'mail'}",
        "DEFAULT_FROM_EMAIL": "DataCube <datacube@example.com>",
    }


# --- the stores ---------------------------------------------------------------------------------------


def _mongod(home: Path, port: int, values: dict[str, str]) -> Part:
    folder = _folder(home, f"mongod-{port}")
    key = folder / "keyfile"
    key.touch(mode=0o400)
    if not key.stat().st_size:
        key.chmod(0o600)
        key.write_text(values["MONGODB_KEY"])
        key.chmod(0o400)
    binary = embedded_servers.mongod_command(folder / "data", socket_path=folder / "unused")[0]
    command = [
        *(str(binary), *compose.mongod_options(), "--keyFile", str(key)),
        *("--dbpath", str(folder / "data"), "--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket"),
        *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),  # the end of the drill waits for it
        *("--wiredTigerCacheSizeGB", _CACHE_GB, "--oplogSize", "512", "--quiet"),
        *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"),
    ]
    environment = parts.environment_of_programs()
    return Part(f"mongod {port}", command, environment, folder / "log", lambda: parts.listens(port))


def _initiate(ports: list[int], values: dict[str, str]) -> str:
    """Make the replica set and its users, as `mongodb-init.js` does. Returns the URI of the administrator."""
    members = [{"_id": number, "host": f"127.0.0.1:{port}"} for number, port in enumerate(ports)]
    with _client(f"mongodb://127.0.0.1:{ports[0]}/?directConnection=true") as client:
        client.admin.command("replSetInitiate", {"_id": _SET, "members": members})
        _await(lambda: bool(client.admin.command("hello")["isWritablePrimary"]))
        client.admin.command("createUser", "root", pwd=values["MONGODB_ROOT_PASSWORD"], roles=["root"])
    uri = f"mongodb://root:{values['MONGODB_ROOT_PASSWORD']}@{_hosts(ports)}/?replicaSet={_SET}&authSource=admin"
    with _client(uri) as client:
        roles, privileges = compose.mongodb_rights()
        client.admin.command("createRole", roles[-1], privileges=privileges, roles=[])
        client.admin.command("createUser", "datacube", pwd=values["MONGODB_PASSWORD"], roles=roles)
    return uri


def _hosts(ports: list[int]) -> str:
    return ",".join(f"127.0.0.1:{port}" for port in ports)


def _client(uri: str) -> pymongo.MongoClient[dict[str, Any]]:
    return pymongo.MongoClient(uri, serverSelectionTimeoutMS=2000)


def _postgres(home: Path, port: int, values: dict[str, str]) -> Part:
    """Return PostgreSQL with an empty cluster, whose user and database are those of the compose file."""
    folders = "/usr/lib/postgresql/*/bin"
    initdb = parts.program("initdb", package="postgresql", folders=folders)
    server = parts.program("postgres", package="postgresql", folders=folders)
    folder, user = _folder(home, "postgres"), parts.unprivileged_user()
    password = folder / "password"
    password.write_text(values["POSTGRES_PASSWORD"])
    if user:
        shutil.chown(folder, user)
        shutil.chown(password, user)
    environment = parts.environment_of_programs()
    options = ["--username", "datacube", "--auth", "scram-sha-256", "--pwfile", str(password)]
    command = [initdb, "--pgdata", str(folder / "data"), "--encoding", "UTF8", "--locale", "C", *options]
    parts.run(command, environment, log=home / "initdb.log", user=user)
    password.unlink()
    command = [server, "-D", str(folder / "data"), "-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1"]
    return Part("postgres", command, environment, home / "postgres.log", lambda: parts.listens(port), user)


def _valkey(home: Path, port: int, values: dict[str, str]) -> Part:
    folder = _folder(home, "valkey")
    binary = embedded_servers.valkey_command(folder, socket_path=folder / "unused")[0]
    command = [
        *(str(binary), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"),
        *("--save", "", "--requirepass", values["VALKEY_PASSWORD"]),
    ]
    environment = parts.environment_of_programs()
    return Part("valkey", command, environment, folder / "log", lambda: parts.listens(port))


# --- DataCube -----------------------------------------------------------------------------------------


def _environment(
    home: Path, values: dict[str, str], member_ports: list[int], *, valkey: int, postgres: int
) -> dict[str, str]:
    """Return the environment of DataCube's containers, with the addresses and folders of this machine."""
    places = {
        "@mongodb:27017": f"@{_hosts(member_ports)}",
        "@valkey:6379": f"@127.0.0.1:{valkey}",
        "@postgres:5432": f"@127.0.0.1:{postgres}",
        "/var/lib/datacube/spool": str(_folder(home, "spool")),
    }
    environment = compose.environment("web", values)
    for container, place in places.items():
        environment = {name: text.replace(container, place) for name, text in environment.items()}
    return {**parts.environment_of_programs(), **environment, "DATACUBE_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def _migrate(home: Path, environment: dict[str, str]) -> None:
    """Create the database, as the image of PostgreSQL does, and its tables."""
    folders = "/usr/lib/postgresql/*/bin"
    createdb = parts.program("createdb", package="postgresql", folders=folders)
    address = environment["DATABASE_URL"].rpartition("/")[0] + "/postgres"
    log = home / "migrate.log"
    parts.run([createdb, "--maintenance-db", address, "datacube"], environment, log=log)
    parts.run(parts.python(*compose.command("migrate")[1:]), environment, log=log)


def _web(home: Path, name: str, port: int, environment: dict[str, str]) -> Part:
    command = parts.python("-m", "datacube.http.server")
    address = {"HOST": "127.0.0.1", "PORT": str(port)}
    return Part(name, command, environment | address, home / f"{name}.log", lambda: _is_alive(port))


def _celery(home: Path, name: str, environment: dict[str, str]) -> Part:
    words = [
        str(home / "beat-schedule") if word == "/tmp/beat-schedule" else word for word in compose.command(name)
    ]
    log = home / f"{name}.log"
    line = "ready." if name == "worker" else "beat: Starting..."
    return Part(
        name, parts.python("-m", *words), environment, log, lambda: log.exists() and line in log.read_text()
    )


def _caddy(home: Path, port: int, web_ports: list[int], streams: int) -> Part:
    """Return Caddy with the shipped configuration; its settings are those of the compose file."""
    environment = {
        **parts.environment_of_programs(),
        "SITE_ADDRESS": f"http://127.0.0.1:{port}",
        "WEB_UPSTREAMS": " ".join(f"127.0.0.1:{web}" for web in web_ports),
        "STREAMS_UPSTREAMS": f"127.0.0.1:{streams}",
        "CADDY_ADMIN": f"unix/{home / 'caddy.sock'}",
        "XDG_DATA_HOME": str(_folder(home, "caddy")),
        "XDG_CONFIG_HOME": str(_folder(home, "caddy")),
    }
    caddy = parts.program("caddy", package="caddy")
    command = [caddy, "run", "--config", str(compose.CADDYFILE), "--adapter", "caddyfile"]
    return Part("proxy", command, environment, home / "proxy.log", lambda: parts.listens(port))


def _is_alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _folder(home: Path, name: str) -> Path:
    folder = home / name
    folder.mkdir(exist_ok=True)
    return folder


def _await(check: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Return once `check` is true. Raises `DrillError` with the last error of it, if any."""
    deadline = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            if check():
                return
        except (httpx.TransportError, ConnectionFailure, OperationFailure) as error:
            last = error
        time.sleep(0.1)
    reason = "none" if last is None else f"{type(last).__name__}: {last}"
    raise parts.DrillError(f"Not ready after {seconds:g} s; process {os.getpid()}. Last error: {reason}.") from last
