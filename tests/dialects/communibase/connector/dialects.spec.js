"use strict";

const assert = require("assert");
const { call, connector: cbc, until } = require("./harness");

const { DATABASE, SOCKET_SERVICE_URL } = process.env;
const SECOND = 1000;
const target = { database_id: DATABASE, collection_name: "Person" };
const at = "1970-01-01T00:00:00.000Z";
const rest = (path) => `/db/${DATABASE}/rest/${path}`;
const history = (id) =>
  call("GET", `/api/history?database_id=${DATABASE}&collection_name=Person&document_id=${id}`);

/** What each of the other dialects does with a person. */
const dialects = {
  "/api/crud": {
    async create(person) {
      return (await call("POST", "/api/crud", { ...target, data: [person] })).inserted_ids[0];
    },
    read: async (id) =>
      (await call("GET", `/api/crud?database_id=${DATABASE}&collection_name=Person&filters={"_id":"${id}"}`)).data[0],
    update: (id, change) => call("PUT", "/api/crud", { ...target, filters: { _id: id }, update_data: change }),
    destroy: (id) => call("DELETE", "/api/crud", { ...target, filters: { _id: id } }),
  },
  "/db/…/rest": {
    create: async (person) => (await call("POST", rest("Person"), person))._id,
    read: (id) => call("GET", rest(`Person/${id}`)),
    update: (id, change) => call("PATCH", rest(`Person/${id}`), change),
    destroy: (id) => call("DELETE", rest(`Person/${id}`)),
  },
};

describe("other dialects", function () {
  this.timeout(300 * SECOND);
  let cached;

  before(async () => {
    cached = cbc.clone(cbc.key);
    cached.enableCache(DATABASE, SOCKET_SERVICE_URL);
    await until(() => cached.cache.dirtySock.connected, 60 * SECOND);
    await new Promise((resolve) => setTimeout(resolve, SECOND)); // it has joined
  });

  after(() => cached.cache.dirtySock.close());

  for (const [name, dialect] of Object.entries(dialects)) {
    it(`${name} writes what the connector reads, updates and lists`, async () => {
      const id = await dialect.create({ firstName: "Tim", age: 1, registeredDate: at });
      const person = await cached.getById("Person", id);
      assert.deepStrictEqual([person.firstName, person.registeredDate], ["Tim", at]);

      await dialect.update(id, { age: 2 });
      await until(async () => (await cached.getById("Person", id)).age === 2, 60 * SECOND);
      const updated = await cbc.update("Person", { ...(await cbc.getById("Person", id)), age: 3 });
      assert.strictEqual(updated.age, 3);
      assert.strictEqual((await dialect.read(id)).age, 3);

      await dialect.destroy(id);
      await until(async () => !(await cached.search("Person", { _id: id })).length, 60 * SECOND);
      const versions = await cbc.getHistory("Person", id);
      const ages = await Promise.all(
        versions.map(async (version) => (await cbc.getById("Person", id, {}, version._id)).age)
      );
      assert.deepStrictEqual([...new Set(ages)].sort(), [1, 2, 3]);
      await cbc.undelete("Person", id);
      assert.strictEqual((await dialect.read(id)).age, 3);
    });

    it(`${name} reads, updates and destroys what the connector writes`, async () => {
      const { _id: id, addresses } = await cbc.update("Person", {
        firstName: "Ann",
        registeredDate: new Date(0),
        addresses: [{ street: "Breestraat" }],
      });
      const read = await dialect.read(id);
      assert.strictEqual(read.addresses[0]._id, addresses[0]._id);
      await dialect.update(id, { firstName: "Anna" });
      assert.deepStrictEqual((await cbc.getById("Person", id)).addresses, addresses);
      await dialect.destroy(id);
      assert.deepStrictEqual(await cbc.search("Person", { _id: id }), []);
      const { versions } = await history(id);
      const ends = versions.map((version) => version.superseded_by_operation);
      assert.deepStrictEqual(ends, ["delete", "update"]);
    });
  }
});
