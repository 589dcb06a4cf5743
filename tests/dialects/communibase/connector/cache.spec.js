"use strict";

const assert = require("assert");
const { addDocument, connector, load, proxyOf, requestsOf, until } = require("./harness");

const SECOND = 1000;
const { DATABASE, SOCKET_SERVICE_URL } = process.env;
const person = (members) => ({ firstName: "Henk", registeredDate: new Date(0), ...members });

/** Return a client with a cache that has joined its room. */
async function cached(url = SOCKET_SERVICE_URL) {
  const client = connector.clone(connector.key);
  client.enableCache(DATABASE, url);
  await until(() => client.cache.dirtySock.connected, 60 * SECOND);
  return client;
}

/** Change a document by one client until the other one, whose cache has it, receives that. */
async function warmUp(writer, reader) {
  const created = await writer.update("Person", person({ lastName: "warm-up" }));
  await reader.getById("Person", created._id);
  await until(async () => {
    await writer.update("Person", { ...created, age: Date.now() % 1000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    return !reader.cache.objectCache.Person[created._id];
  }, 60 * SECOND);
}

describe("enableCache", function () {
  this.timeout(300 * SECOND);
  let one;
  let other;

  before(async () => {
    [one, other] = await Promise.all([cached(), cached()]);
    await warmUp(one, other);
    await warmUp(other, one);
  });

  after(() => {
    one.cache.dirtySock.close();
    other.cache.dirtySock.close();
  });

  it("answers repeated reads from the cache", async () => {
    const lastName = `cached ${process.pid} ${Date.now()}`;
    const messages = [];
    other.cache.dirtySock.on("message", (text) => messages.push(text));
    const created = await one.update("Person", person({ lastName }));
    await until(() => messages.includes(`Person|${created._id}`), 60 * SECOND); // it would empty the cache
    const read = async () => {
      const [found] = await other.search("Person", { lastName });
      assert.strictEqual(found._id, created._id);
      assert.deepStrictEqual(await other.getById("Person", created._id), found);
    };
    assert.deepStrictEqual((await requestsOf(read)).length, 2);
    assert.deepStrictEqual(await requestsOf(read), []);
  });

  for (const [from, to] of [["one", "other"], ["other", "one"]]) {
    it(`${to} sees the changes of ${from} within a second`, async () => {
      const [writer, reader] = from === "one" ? [one, other] : [other, one];
      const lastName = `${from} ${process.pid} ${Date.now()}`;
      const count = [{ $match: { lastName } }, { $group: { _id: "$lastName", count: { $sum: 1 } } }];
      const seen = async (expected) => {
        const found = await reader.search("Person", { lastName });
        const [group] = await reader.aggregate("Person", count);
        return found.length === expected && (group ? group.count : 0) === expected;
      };
      await until(() => seen(0), 60 * SECOND);
      const created = await writer.update("Person", person({ lastName, age: 1 }));
      await until(() => seen(1), 60 * SECOND);

      await writer.update("Person", { ...created, age: 2 });
      await until(async () => (await reader.getById("Person", created._id)).age === 2, 60 * SECOND);

      await writer.destroy("Person", created._id);
      await until(() => seen(0), 60 * SECOND);

      await writer.undelete("Person", created._id);
      await until(() => seen(1), 60 * SECOND);
      assert.strictEqual((await reader.getById("Person", created._id)).age, 2);
    });
  }

  it("sees many changes at once", async () => {
    const title = `many ${process.pid} ${Date.now()}`;
    assert.deepStrictEqual(await other.getIds("Tag", { title }), []);
    const created = await Promise.all(Array.from({ length: 100 }, () => one.update("Tag", { title })));
    await until(async () => (await other.getIds("Tag", { title })).length === created.length, 60 * SECOND);
  });

  it("receives one message for each change", async () => {
    const messages = [];
    other.cache.dirtySock.on("message", (text) => messages.push(text));
    const tags = [];
    for (const title of ["a", "b"]) {
      tags.push(await one.update("Tag", { title }));
      await until(() => messages.includes(`Tag|${tags[tags.length - 1]._id}`), 60 * SECOND);
    }
    await one.destroy("Tag", tags[0]._id);
    await until(() => messages.filter((text) => text === `Tag|${tags[0]._id}`).length === 2, 60 * SECOND);
    assert.strictEqual(messages.filter((text) => text === `Tag|${tags[1]._id}`).length, 1);
  });

  it("goes on by a WebSocket, and misses nothing while its connection is broken", async () => {
    const proxy = await proxyOf(SOCKET_SERVICE_URL);
    const broken = await cached(proxy.url);
    const { dirtySock } = broken.cache;
    await until(() => dirtySock.io.engine.transport.name === "websocket", 60 * SECOND);
    await warmUp(one, broken);
    const messages = [];
    dirtySock.on("message", (text) => messages.push(text));
    for (let round = 0; round < 2; round += 1) {
      proxy.cut();
      await until(() => !dirtySock.connected, 60 * SECOND);
      const tag = await one.update("Tag", { title: `missed ${round}` });
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.ok(!messages.includes(`Tag|${tag._id}`));
      proxy.mend();
      await until(() => messages.includes(`Tag|${tag._id}`), 60 * SECOND);
    }
    dirtySock.close();
    proxy.close();
  });

  it("listens by a WebSocket alone", async () => {
    const socket = load("socket.io-client")(SOCKET_SERVICE_URL, { transports: ["websocket"], forceNew: true });
    const messages = [];
    socket.on("message", (text) => messages.push(text));
    socket.on("connect", () => socket.emit("join", `${DATABASE}_dirty`));
    await until(async () => {
      const tag = await one.update("Tag", { title: "by a WebSocket" });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return messages.includes(`Tag|${tag._id}`);
    }, 60 * SECOND);
    assert.strictEqual(socket.io.engine.transport.name, "websocket");
    socket.close();
  });

  it("listens by the scripts and forms of old browsers", async () => {
    const removeDocument = addDocument();
    const options = { transports: ["polling"], forceJSONP: true, forceNew: true };
    const socket = load("socket.io-client")(SOCKET_SERVICE_URL, options);
    const messages = [];
    socket.on("message", (text) => messages.push(text));
    socket.on("connect", () => socket.emit("join", `${DATABASE}_dirty`));
    await until(async () => {
      const tag = await one.update("Tag", { title: "by a script" });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return messages.includes(`Tag|${tag._id}`);
    }, 60 * SECOND);
    socket.close();
    await until(() => socket.io.engine.readyState === "closed", 60 * SECOND);
    await removeDocument();
  });

  it("refuses those who prove no key", async () => {
    const url = new URL(SOCKET_SERVICE_URL);
    for (const query of ["", "?api_key=wrong"]) {
      const stranger = connector.clone(connector.key);
      stranger.enableCache(DATABASE, `${url.origin}/${query}`);
      const socket = stranger.cache.dirtySock;
      const error = await new Promise((resolve) => socket.on("connect_error", resolve));
      assert.strictEqual(error.description, 401);
      assert.strictEqual(socket.connected, false);
      socket.close();
    }
  });

  it("reports a room that is none of the key's", async () => {
    const stranger = connector.clone(connector.key);
    stranger.enableCache("60c72b2f9b1d8b1a2d3e4567", SOCKET_SERVICE_URL);
    const socket = stranger.cache.dirtySock;
    assert.strictEqual(await new Promise((resolve) => socket.on("error", resolve)), "Not found or access denied");
    socket.close();
  });
});
