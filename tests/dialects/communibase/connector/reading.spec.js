"use strict";

const assert = require("assert");
const { call, connector: cbc, rejection, requestsOf, version } = require("./harness");

const MISSING = "60c72b2f9b1d8b1a2d3e4567";

describe("reading", () => {
  const people = [];
  const first = `first-${process.pid}`;

  before(async () => {
    for (let age = 0; age < 5; age += 1) {
      people.push(
        await cbc.update("Person", {
          firstName: first,
          lastName: `Last ${age}`,
          age,
          registeredDate: new Date(Date.UTC(2020, age, 1)),
          addresses: [{ street: `Street ${age}`, city: "Delft" }],
        })
      );
    }
  });

  const ages = (documents) => documents.map((item) => item.age);

  it("getById", async () => {
    const [one] = people;
    assert.deepStrictEqual(await cbc.getById("Person", one._id), one);
  });

  it("getById with fields", async () => {
    const [one] = people;
    const person = await cbc.getById("Person", one._id, { fields: "age addresses.city" });
    assert.deepStrictEqual(Object.keys(person).sort(), ["_id", "addresses", "age"]);
    assert.strictEqual(person.addresses[0].city, "Delft");
    assert.strictEqual(person.addresses[0].street, undefined);
  });

  it("getByIds keeps the order, and drops missing ids", async () => {
    const ids = [people[3]._id, MISSING, people[0]._id, people[3]._id];
    assert.deepStrictEqual(ages(await cbc.getByIds("Person", ids)), [3, 0, 3]);
    assert.deepStrictEqual(await cbc.getByIds("Person", []), []);
    const withFields = await cbc.getByIds("Person", [people[1]._id, MISSING], { fields: "age" });
    assert.deepStrictEqual(withFields, [{ _id: people[1]._id, age: 1 }]);
  });

  it("getAll", async () => {
    const all = await cbc.getAll("Person");
    assert.ok(people.every((person) => all.some((item) => item._id === person._id)));
    const page = await cbc.getAll("Person", { fields: "age", limit: 2 });
    assert.deepStrictEqual([page.length, Object.keys(page[0]).includes("lastName")], [2, false]);
  });

  it("getId and getIds", async () => {
    const ids = await cbc.getIds("Person", { firstName: first }, { sort: "age" });
    assert.deepStrictEqual(ids, people.map((item) => item._id));
    assert.strictEqual(await cbc.getId("Person", { firstName: first, age: 2 }), people[2]._id);
    assert.ok([null, undefined].includes(await cbc.getId("Person", { firstName: "nobody" })));
  });

  it("search with fields, limit, page and sort", async () => {
    const search = (params) => cbc.search("Person", { firstName: first }, params);
    assert.deepStrictEqual(ages(await search({ sort: "age" })), [0, 1, 2, 3, 4]);
    assert.deepStrictEqual(ages(await search({ sort: "age", dir: "DESC" })), [4, 3, 2, 1, 0]);
    assert.deepStrictEqual(ages(await search({ sort: "-age", limit: 2 })), [4, 3]);
    assert.deepStrictEqual(ages(await search({ sort: "age", limit: 2, page: 3 })), [4]);
    assert.deepStrictEqual(await search({ fields: "_id", sort: "age", limit: 1 }), [{ _id: people[0]._id }]);
    assert.deepStrictEqual(await cbc.search("Person", { firstName: "nobody" }), []);
  });

  it("search casts ids and dates", async () => {
    const search = async (selector) => ages(await cbc.search("Person", { firstName: first, ...selector }, { sort: "age" }));
    assert.deepStrictEqual(await search({ _id: { $in: [people[1]._id, people[4]._id] } }), [1, 4]);
    assert.deepStrictEqual(await search({ registeredDate: { $lt: "2020-03-01T00:00:00+01:00" } }), [0, 1]);
    assert.deepStrictEqual(await search({ $or: [{ age: 2 }, { "addresses.street": "Street 3" }] }), [2, 3]);
    assert.deepStrictEqual(await search({ "addresses._id": people[2].addresses[0]._id }), [2]);
    assert.deepStrictEqual(await search({ lastName: { $regex: "^last [12]", $options: "i" } }), [1, 2]);
    assert.deepStrictEqual(await search({ _id: { $in: ["not an id, 24 long......"] } }), []);
  });

  it("includeMetadata", async () => {
    const searched = cbc.search("Person", { firstName: first }, { limit: 2, includeMetadata: true });
    assert.strictEqual((await searched).length, 2);
    assert.strictEqual(searched.metadata.total, 5);
    const all = cbc.getAll("Person", { limit: 1, includeMetadata: true });
    assert.strictEqual((await all).length, 1);
    assert.ok(all.metadata.total >= 5);
  });

  it("aggregate", async () => {
    const count = await cbc.aggregate("Person", [
      { $match: { _id: { $ObjectId: people[0]._id } } },
      { $unwind: "$addresses" },
      { $group: { _id: "$_id", addressCount: { $sum: 1 } } },
    ]);
    assert.deepStrictEqual(count, [{ _id: people[0]._id, addressCount: 1 }]);
    const later = await cbc.aggregate("Person", [
      { $match: { firstName: first, registeredDate: { $gte: { $date: "2020-04-01T00:00:00.000Z" } } } },
      { $sort: { age: 1 } },
      { $project: { age: 1, registeredDate: 1 } },
    ]);
    assert.deepStrictEqual(ages(later), [3, 4]);
    assert.strictEqual(later[0].registeredDate, "2020-04-01T00:00:00.000Z");
  });

  it("asks for the ids of one tick at once", async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => (MISSING.slice(0, 20) + (index + 4096).toString(16)));
    const wanted = [...ids, people[0]._id, people[0]._id];
    let settled;
    const sent = await requestsOf(async () => {
      settled = await Promise.allSettled(wanted.map((id) => cbc.getById("Person", id)));
    });
    // The connector also asks for no ids of the types that it has asked for before.
    assert.deepStrictEqual(sent.filter((text) => text.includes("Person")), ["POST /0.1/Person.json/search"]);
    assert.strictEqual(settled.filter((item) => item.status === "rejected").length, 1000);
    assert.strictEqual(settled[0].reason.message, `${ids[0]} is not found`);
    assert.deepStrictEqual(settled[1001].value, people[0]);
  });

  it("gets a thousand documents of one tick", async () => {
    const titles = Array.from({ length: 1000 }, (_, index) => `tag ${index}`);
    const target = { database_id: process.env.DATABASE, collection_name: "Tag" };
    const { inserted_ids: ids } = await call("POST", "/api/crud", { ...target, data: titles.map((title) => ({ title })) });
    const sent = await requestsOf(async () => {
      const tags = await Promise.all(ids.map((id) => cbc.getById("Tag", id)));
      assert.deepStrictEqual(tags.map((tag) => tag.title), titles);
    });
    assert.deepStrictEqual(sent.filter((text) => text.includes("Tag")), ["POST /0.1/Tag.json/search"]);
    assert.strictEqual((await cbc.search("Tag", { _id: { $in: ids } })).length, 1000);
  });

  it("queues more than eight requests", async () => {
    let most = 0;
    const running = () => {
      most = Math.max(most, cbc.queue.running());
    };
    const searches = Array.from({ length: 100 }, async (_, index) => {
      const found = await cbc.search("Person", { firstName: first, age: index % 5 }, { fields: "age" });
      running();
      return found.length === 1 && found[0].age === index % 5;
    });
    running();
    assert.ok((await Promise.all(searches)).every(Boolean));
    assert.strictEqual(most <= 8 && most > 1, true);
  });

  it("getByRef", async () => {
    const [one] = people;
    const reference = (path, id = one._id) => ({ rootDocumentEntityType: "Person", rootDocumentId: id, path });
    const step = { field: "addresses", objectId: one.addresses[0]._id };
    assert.deepStrictEqual(await cbc.getByRef(reference([step])), one.addresses[0]);
    assert.deepStrictEqual(await cbc.getByRef(reference([])), one);
    const parent = { rootDocumentEntityType: "parent", path: [step] };
    assert.deepStrictEqual(await cbc.getByRef(parent, one), one.addresses[0]);
    for (const broken of [
      reference([{ field: "addresses", objectId: MISSING }]),
      reference([{ field: "nothing", objectId: MISSING }]),
      reference([step], MISSING),
      { rootDocumentId: one._id },
    ]) {
      assert.ok((await rejection(cbc.getByRef(broken))) instanceof Error);
    }
  });

  it("clone and setServiceUrl", async () => {
    const clone = cbc.clone(cbc.key);
    const url = process.env.COMMUNIBASE_API_URL.replace("/0.1/", `/communibase/${process.env.DATABASE}/0.1/`);
    clone.setServiceUrl(url);
    assert.deepStrictEqual(await clone.getById("Person", people[0]._id), people[0]);
    assert.throws(() => clone.setServiceUrl(""), /Cannot set empty service-url/);
    assert.ok(version);
  });
});
