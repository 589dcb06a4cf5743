"use strict";

// Prepares a published connector for Node 20 from outside; no file of a package is changed. Loaded before every test.
// CONNECTOR is its version; `requests` records what it sends, except to /socket.io/.

const http = require("http");
const net = require("net");
const version = process.env.CONNECTOR;
const modules = process.env.CONNECTOR_MODULES;
const load = (name) => require(`${modules}/${name}`);
const requests = [];
const { fetch } = globalThis;

const send = http.request;
http.request = function (options, ...rest) {
  const path = options.path || (options instanceof URL ? options.pathname : new URL(options).pathname);
  if (!path.startsWith("/socket.io")) {
    requests.push(`${options.method || "GET"} ${decodeURIComponent(path.replace(/\+/g, " "))}`);
  }
  return send.call(http, options, ...rest);
};

if (version === "2.0.5") {
  // Built without esModuleInterop: the package reads `.default` of modules that have none.
  for (const name of ["socket.io-client", "moment", "lru-cache"]) {
    const module = load(name);
    module.default = module.default || module;
  }
  // The package puts a Blob into FormData only where there is a window, and axios 0.19 cannot send FormData in Node.
  load("axios").interceptors.request.use(async (config) => {
    if (!(config.data instanceof FormData)) {
      return config;
    }
    const form = new Response(config.data);
    config.headers["Content-Type"] = form.headers.get("content-type");
    config.data = Buffer.from(await form.arrayBuffer());
    return config;
  });
} else {
  // The package brings its own for Node; those of Node 20 are others.
  delete globalThis.fetch;
  delete globalThis.FormData;
}

/** Run an upload; 2.0.5 needs a window for it, which other packages would take for a browser's. */
async function withWindow(upload) {
  if (version !== "2.0.5") {
    return upload();
  }
  globalThis.window = { Blob };
  try {
    return await upload();
  } finally {
    delete globalThis.window;
  }
}

/** Return what a promise is rejected with. */
async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("The promise was not rejected.");
}

/**
 * Wait until a function returns something true; fail after some milliseconds.
 *
 * A TypeError does not count: a message that arrives while the connector reads ids or aggregates makes it lose the
 * cache that it stores the answer in.
 */
async function until(check, milliseconds) {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    try {
      const result = await check();
      if (result) {
        return result;
      }
    } catch (error) {
      if (!(error instanceof TypeError)) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Nothing after ${milliseconds} ms.`);
}

/** Return the requests that were sent during a function. */
async function requestsOf(work) {
  const before = requests.length;
  await work();
  return requests.slice(before);
}

/** Return a proxy of a service, whose `url` is that of the service at another port; `cut` and `mend` its connections. */
async function proxyOf(url) {
  const { hostname, port } = new URL(url);
  const sockets = new Set();
  let isCut = false;
  const server = net.createServer((client) => {
    const service = net.connect(Number(port), hostname);
    for (const [from, to] of [[client, service], [service, client]]) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from) && to.destroy());
      from.pipe(to);
    }
    if (isCut) {
      client.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = new URL(url);
  address.port = String(server.address().port);
  return {
    url: address.href,
    cut() {
      isCut = true;
      sockets.forEach((socket) => socket.destroy());
    },
    mend() {
      isCut = false;
    },
    close: () => server.close(),
  };
}

/**
 * Give Node as much of a browser's document as JSONP needs: scripts are loaded and run, forms are sent. Return a
 * function that removes it when all forms were sent.
 */
function addDocument() {
  const forms = [];
  const run = async (script) => {
    try {
      const response = await fetch(script.src);
      if (!response.ok) {
        throw new Error(`${response.status}`);
      }
      new Function(await response.text())();
    } catch (error) {
      script.onerror(error);
    }
  };
  const send = async (form) => {
    const body = new URLSearchParams({ [form.area.name]: form.area.value });
    await fetch(form.action, { method: "POST", body });
    form.iframe.onload();
  };
  const parent = {
    appendChild: (element) => element.start && element.start(),
    insertBefore: (element) => element.start && element.start(),
    removeChild: () => {},
  };
  const createElement = (name) => {
    const element = { name, parentNode: parent, style: {}, setAttribute: () => {}, removeChild: () => {} };
    if (name === "script") {
      element.start = () => run(element);
    }
    if (name === "form") {
      element.appendChild = (child) => {
        element[child.name === "d" ? "area" : "iframe"] = child;
      };
      element.submit = () => forms.push(send(element));
    }
    return element;
  };
  globalThis.document = { body: parent, head: parent, createElement, getElementsByTagName: () => [] };
  return async () => {
    for (const form of forms) {
      await form;
    }
    delete globalThis.document;
  };
}

/** Send a request of another dialect below the service's address, and return the JSON of its answer. */
function call(method, path, body) {
  const { COMMUNIBASE_API_URL, COMMUNIBASE_KEY } = process.env;
  const content = body === undefined ? "" : JSON.stringify(body);
  const headers = {
    "Content-Length": Buffer.byteLength(content),
    Authorization: `Api-Key ${COMMUNIBASE_KEY}`,
    "x-apikey": COMMUNIBASE_KEY,
    "Content-Type": "application/json",
  };
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, COMMUNIBASE_API_URL), { method, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode >= 300) {
          reject(new Error(`${response.statusCode} ${text}`));
        } else {
          resolve(text ? JSON.parse(text) : null);
        }
      });
    });
    request.on("error", reject);
    request.end(content);
  });
}

module.exports = {
  addDocument,
  call,
  /** The connector with the key of the environment, loaded at its first use: a test may change the environment. */
  get connector() {
    const loaded = load(`connector-${version}`);
    return loaded.default || loaded;
  },
  load,
  proxyOf,
  rejection,
  requestsOf,
  until,
  version,
  withWindow,
};
