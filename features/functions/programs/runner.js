// Runs one function. The service sends a job as a line of JSON, then the answers to calls; this sends lines that begin
// with the nonce of the job: logs, calls, and the result or the error. The service trusts none of them.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const write = Deno.stdout.writeSync.bind(Deno.stdout);
const read = Deno.stdin.read.bind(Deno.stdin);
const exit = Deno.exit.bind(Deno);
const inspect = Deno.inspect;
const { parse, stringify } = JSON;
const pending = new Map();
let nonce = "";
let source = "";
let lastCall = 0;
let logs = 0;

function send(message) {
  const bytes = encoder.encode(`${nonce} ${stringify(message)}\n`);
  for (let start = 0; start < bytes.length;) start += write(bytes.subarray(start));
}

function call(method, args) {
  return new Promise((resolve, reject) => {
    lastCall += 1;
    pending.set(lastCall, { resolve, reject });
    send({ call: lastCall, method, arguments: args });
  });
}

function fail(error) {
  const text = error instanceof Error ? error.stack ?? String(error) : inspect(error);
  send({ error: text.replaceAll(source, "function.ts").replace(/\n\s+at [^\n]*runner\.js[^\n]*/g, "") });
}

function replaceConsole(maxLogs) {
  const streams = { debug: "stdout", error: "stderr", info: "stdout", log: "stdout", trace: "stderr", warn: "stderr" };
  for (const [level, stream] of Object.entries(streams)) {
    console[level] = (...values) => {
      logs += 1;
      if (logs > maxLogs) return;
      const message = values.map((value) => typeof value === "string" ? value : inspect(value)).join(" ");
      send({ log: message, stream });
    };
  }
}

function replaceFetch() {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const body = new Uint8Array(await request.arrayBuffer()).toBase64();
    const headers = Object.fromEntries(request.headers);
    const answer = await call("fetch", { url: request.url, method: request.method, headers, body });
    const bytes = [101, 204, 205, 304].includes(answer.status) ? null : Uint8Array.fromBase64(answer.body);
    return new Response(bytes, { status: answer.status, headers: answer.headers });
  };
}

function contextOf(job) {
  const db = {
    find: (collection, options = {}) => call("find", { ...options, collection }),
    insert: (collection, documents) => call("insert", { collection, documents: [documents].flat() }),
    update: (collection, query, change) => call("update", { collection, query, change }),
    delete: (collection, query) => call("delete", { collection, query }),
  };
  const graphql = { request: (query, variables = {}) => call("graphql", { query, variables }) };
  return { ...job.context, env: job.env, db, graphql };
}

async function run(job) {
  nonce = job.nonce;
  replaceConsole(job.maxLogs);
  replaceFetch();
  Object.defineProperty(Deno, "env", {
    value: { get: (name) => job.env[name], has: (name) => name in job.env, toObject: () => ({ ...job.env }) },
  });
  source = URL.createObjectURL(new Blob([job.source], { type: "application/typescript" }));
  const module = await import(source);
  if (typeof module.default !== "function") throw new TypeError("The module has no function as its default export.");
  const result = await module.default(contextOf(job));
  send({ result: result === undefined ? null : result });
}

function receive(line) {
  const message = parse(line);
  if (nonce === "") {
    run(message).catch(fail);
    return;
  }
  const waiting = pending.get(message.call);
  pending.delete(message.call);
  if (message.error === undefined) waiting.resolve(message.value);
  else waiting.reject(new Error(message.error));
}

for (const event of ["error", "unhandledrejection"]) {
  addEventListener(event, (problem) => {
    problem.preventDefault();
    fail(problem.reason ?? problem.error);
  });
}

// The first module takes the longest: this one is empty, and is imported before there is a job.
await import(URL.createObjectURL(new Blob(["export default (a: number) => a"], { type: "application/typescript" })));
const chunk = new Uint8Array(65536);
let rest = "";
for (let length; (length = await read(chunk)) !== null;) {
  const lines = (rest + decoder.decode(chunk.subarray(0, length), { stream: true })).split("\n");
  rest = lines.pop();
  lines.forEach(receive);
}
exit();
