"""Runs of functions: results, logs, the bridge, and everything that a hostile function tries."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from datacube.serving import memory
from features.functions.running import FunctionJob, run, start_process, warm_processes
from tests.faults.killed_statements import children
from tests.features.functions.support import RecordingBridge, call, require_deno, result_of
from tests.features.processes.support import open_pipes
from tests.support import until

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def runtime(settings: Any) -> None:
    require_deno()
    settings.FUNCTION_TIMEOUT = 60.0  # a busy machine may take long to start the runtime


def test_a_function_gets_its_context_and_returns_a_value() -> None:
    bridge = RecordingBridge(delay=0.6)  # threads of the runtime start to wait in this time
    source = """
    interface Context { data: { n: number }; env: Record<string, string>; db: any; graphql: any }
    export default async function (context: Context): Promise<unknown> {
      console.info("Hello", { a: 1 });
      console.error("problem");
      const found = await context.db.find("films", { query: { a: 1 } });
      let failure = "";
      try { await context.graphql.request("{ a }"); } catch (error) { failure = (error as Error).message; }
      const env = [context.env.A, Deno.env.get("A")];
      return { n: context.data.n + 1, env, found, failure, keys: Object.keys(context) };
    }"""
    result = call(source, bridge=bridge, data={"n": 1})
    arguments = {"query": {"a": 1}, "collection": "films"}
    assert result_of(result) == (
        "done",
        {
            "n": 2,
            "env": ["1", "1"],
            "found": {"arguments": arguments},
            "failure": "It failed.",
            "keys": ["functionId", "databaseId", "method", "headers", "data", "env", "db", "graphql"],
        },
    )
    assert bridge.calls == [("find", arguments), ("graphql", {"query": "{ a }", "variables": {}})]
    logs = [(item["message"], item["stream"]) for item in result.logs]
    assert logs == [("Hello { a: 1 }", "stdout"), ("problem", "stderr")]
    assert 0 < result.milliseconds < 60_000


FAILURES = [
    ("export default function () { throw new TypeError('boom') }", "TypeError: boom"),
    (
        "export default function () { Promise.reject(new Error('later')); return new Promise(() => {}) }",
        "Error: later",
    ),
    ("export const a = 1", "TypeError: The module has no function as its default export."),
    ("export default function ( {", "SyntaxError: Unexpected token"),
    ("export default function () { return 1n }", "TypeError: Do not know how to serialize a BigInt"),
    ("import 'https://example.org/a.ts'; export default function () {}", "TypeError"),
    ("export default function () { Deno.exit(0) }", "The function ended without a result."),
]


@pytest.mark.parametrize(("source", "error"), FAILURES)
def test_errors_of_a_function(source: str, error: str) -> None:
    result = call(source)
    assert result.outcome == "failed"
    assert error in result.error
    assert "runner.js" not in result.error


ESCAPES = r"""
const attempts: Record<string, () => unknown> = {
  read: () => Deno.readTextFileSync("/etc/passwd"),
  readNode: async () => (await import("node:fs")).readFileSync("/etc/passwd"),
  module: () => import("file:///etc/passwd"),
  text: () => import("file:///etc/passwd", { with: { type: "text" } }),
  remote: () => import("https://deno.land/std/version.ts"),
  npm: () => import("npm:is-odd"),
  jsr: () => import("jsr:@std/path"),
  write: () => Deno.writeTextFileSync("/tmp/datacube-escaped", "a"),
  list: () => [...Deno.readDirSync("/")],
  connect: () => Deno.connect({ hostname: "127.0.0.1", port: 22 }),
  listen: () => Deno.listen({ port: 0 }),
  socket: () => new WebSocket("ws://127.0.0.1:22"),
  node: async () => (await import("node:child_process")).execSync("/bin/true"),
  run: () => new Deno.Command("/bin/true").outputSync(),
  ffi: () => Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } }),
  sys: () => Deno.hostname(),
  kill: () => Deno.kill(1, "SIGTERM"),
  ask: async () => {
    if ((await Deno.permissions.request({ name: "read" })).state !== "granted") throw Error("denied");
  },
  storage: () => localStorage.setItem("secret", "a"),
  kv: () => (Deno as any).openKv(),
};
export default async function () {
  const succeeded: string[] = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    try { await attempt(); succeeded.push(name); } catch { /* refused */ }
  }
  const environment = (await import("node:process")).default.env;
  return { succeeded, tried: Object.keys(attempts).length, path: environment.PATH ?? null };
}"""


def test_a_function_reaches_nothing() -> None:
    assert result_of(call(ESCAPES)) == ("done", {"succeeded": [], "tried": 20, "path": None})
    assert not os.path.exists("/tmp/datacube-escaped")


def test_what_one_function_stores_no_other_reads() -> None:
    writer = """export default async function () {
      try { sessionStorage.setItem("secret", "a"); localStorage.setItem("secret", "a"); } catch { /* refused */ }
      try { await (await caches.open("c")).put("http://a/", new Response("secret")); } catch { /* refused */ }
      return null;
    }"""
    reader = """export default async function () {
      let stored = null, cached;
      try { stored = sessionStorage.getItem("secret") ?? localStorage.getItem("secret"); } catch { /* refused */ }
      try { cached = await (await caches.open("c")).match("http://a/"); } catch { /* refused */ }
      return [stored, cached === undefined];
    }"""
    call(writer)
    assert result_of(call(reader)) == ("done", [None, True])


def test_forged_output_is_a_log() -> None:
    bridge = RecordingBridge()
    source = r"""
    export default async function () {
      const bytes = new TextEncoder().encode('{"result": "forged"}\nnonce {"call": 9, "method": "delete"}\n');
      Deno.stdout.writeSync(bytes);
      (await import("node:fs")).writeSync(1, '{"result": "forged again"}\n');
      return "true";
    }"""
    result = call(source, bridge=bridge)
    assert (result_of(result), bridge.calls) == (("done", "true"), [])
    forged = ['{"result": "forged"}', 'nonce {"call": 9, "method": "delete"}', '{"result": "forged again"}']
    assert [item["message"] for item in result.logs] == forged


BOMBS = [
    ("const a = []; while (true) a.push(new Uint8Array(1e7).fill(1))", "failed"),
    ("while (true) {}", "late"),
    ("return new Promise(() => {})", "late"),
    (
        "const url = URL.createObjectURL(new Blob(['for(;;){}'])); "
        "for (let i = 0; i < 8; i++) new Worker(url, { type: 'module' }); for(;;){}",
        "late",
    ),
]


@pytest.mark.parametrize(("body", "outcome"), BOMBS)
def test_bombs_end(settings: Any, body: str, outcome: str) -> None:
    settings.FUNCTION_TIMEOUT = 2.0 if outcome == "failed" else 0.7
    result = call(f"export default function () {{ {body} }}")
    assert result.outcome in {outcome, "late"}
    assert result.error


def test_output_is_capped(settings: Any) -> None:
    settings.FUNCTION_LOG_LINES, settings.FUNCTION_MAX_RESULT_BYTES, settings.FUNCTION_MAX_CALLS = 3, 1_000, 5
    logs = call("export default () => { for (let i = 0; i < 9; i++) console.log('x'.repeat(9000)); return 1 }")
    assert (result_of(logs), [len(item["message"]) for item in logs.logs]) == (("done", 1), [2_000] * 3)
    text = "The result has more than 1000 bytes (FUNCTION_MAX_RESULT_BYTES)."
    assert result_of(call("export default () => 'x'.repeat(2000)")) == ("failed", text)
    calls = call("export default async (c) => { for (;;) await c.db.find('a') }")
    assert calls.error == "The function makes more than 5 calls to its context (FUNCTION_MAX_CALLS)."
    flood = "const a = new Uint8Array(65536); for (;;) Deno.stdout.writeSync(a)"
    assert "has sent more than" in call(f"export default () => {{ {flood} }}").error


def test_a_killed_process_is_no_result() -> None:
    source = "export default () => new Promise(() => {})"
    with start_process() as process:
        threading.Timer(0.5, os.kill, (process.id, 9)).start()
        result = run(process, FunctionJob(source, {}, {}), RecordingBridge())
    assert result_of(result) == ("killed", "The function was killed.")


def test_calls_leave_nothing_behind() -> None:
    """Check 30 calls; `./dev faults 12` checks 1,000."""
    call("export default () => 0")
    files, pipes = set(os.listdir(tempfile.gettempdir())), open_pipes()
    resident, sources = memory.resident(), [f"export default () => {number}" for number in range(30)]
    with ThreadPoolExecutor(2) as threads:
        assert [result_of(result) for result in threads.map(call, sources)] == [("done", n) for n in range(30)]
    assert open_pipes() <= pipes
    assert [*children({os.getpid()}, b"runner.js")] == []
    # Other processes of the tests run functions too, and delete their files when these end.
    until(lambda: not [name for name in {*os.listdir(tempfile.gettempdir())} - files if "deno" in name])
    assert memory.resident() - resident < 20 << 20


@pytest.fixture
def kept(settings: Any) -> Iterator[None]:
    """Start processes ahead of calls."""
    settings.FUNCTION_WARM_PROCESSES = 1
    yield
    settings.FUNCTION_WARM_PROCESSES = 0
    start_process().close()  # ends what is kept
    assert warm_processes().ids == []


@pytest.mark.usefixtures("kept")
def test_calls_in_processes_that_were_started_ahead_share_nothing() -> None:
    source = """export default function ({ data }: any) {
      const seen = [(globalThis as any).seen ?? null, (Object.prototype as any).seen ?? null, fetch.name];
      (globalThis as any).seen = (Object.prototype as any).seen = data;
      globalThis.fetch = function stolen() {} as any;
      console.log = () => {};
      return seen;
    }"""
    used = []
    for number in range(3):
        if number:
            until(lambda: len(warm_processes().ids) == 1)
            used += warm_processes().ids
        assert result_of(call(source, data=f"call {number}")) == ("done", [None, None, ""])
    assert len({*used}) == 2
    assert not any(os.path.exists(f"/proc/{pid}") for pid in used)


@pytest.mark.usefixtures("kept")
def test_a_process_that_was_started_ahead_reaches_nothing() -> None:
    call("export default () => 1")
    until(lambda: len(warm_processes().ids) == 1)
    assert result_of(call(ESCAPES)) == ("done", {"succeeded": [], "tried": 20, "path": None})
