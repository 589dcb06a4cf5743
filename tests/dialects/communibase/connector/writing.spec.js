"use strict";

const assert = require("assert");
const { connector: cbc, rejection } = require("./harness");

const ID = /^[0-9a-f]{24}$/;
const person = (members) => ({ firstName: "Henk", lastName: "De Vries", registeredDate: new Date(0), ...members });

describe("writing", () => {
  it("update creates a document", async () => {
    const created = await cbc.update("Person", person({ addresses: [{ street: "Breestraat" }] }));
    assert.match(created._id, ID);
    assert.match(created.addresses[0]._id, ID);
    assert.ok(Math.abs(Date.parse(created.updatedAt) - Date.now()) < 60000);
    assert.strictEqual(typeof created.updatedBy, "string");
    assert.strictEqual(created.registeredDate, "1970-01-01T00:00:00.000Z");
    assert.deepStrictEqual(await cbc.getById("Person", created._id), created);
  });

  it("update replaces a document, and its embedded documents keep their ids", async () => {
    const created = await cbc.update("Person", person({ addresses: [{ street: "a" }, { street: "b" }], age: 3 }));
    const [, second] = created.addresses;
    const changed = { ...created, lastName: "Jansen", addresses: [second, { street: "c" }], unknown: "kept or not" };
    const updated = await cbc.update("Person", changed);
    assert.strictEqual(updated._id, created._id);
    assert.strictEqual(updated.lastName, "Jansen");
    assert.deepStrictEqual(updated.addresses[0], second);
    assert.match(updated.addresses[1]._id, ID);
    assert.notStrictEqual(updated.updatedAt, created.updatedAt);
  });

  it("update takes an id that a client has made", async () => {
    const given = person({ addresses: [{ _id: "528c992ac0913c6f01003975", street: "a" }] });
    const created = await cbc.update("Person", given);
    assert.strictEqual(created.addresses[0]._id, "528c992ac0913c6f01003975");
  });

  it("destroy and undelete", async () => {
    const created = await cbc.update("Person", person({}));
    await cbc.destroy("Person", created._id);
    assert.match((await rejection(cbc.getById("Person", created._id))).message, /is not found/);
    const [deleted] = await cbc.search("Person", { _id: created._id }, { deleted: true });
    assert.strictEqual(deleted && deleted._id, created._id);
    const restored = await cbc.undelete("Person", created._id);
    assert.strictEqual(restored._id, created._id);
    assert.strictEqual((await cbc.getById("Person", created._id)).lastName, "De Vries");
  });

  it("history of one document", async () => {
    const created = await cbc.update("Person", person({ lastName: "one" }));
    await cbc.update("Person", { ...created, lastName: "two" });
    await cbc.destroy("Person", created._id);
    const versions = await cbc.getHistory("Person", created._id);
    assert.ok(versions.length >= 2);
    for (const version of versions) {
      assert.strictEqual(version.refId, created._id);
      assert.ok(!Number.isNaN(Date.parse(version.updatedAt)));
      assert.strictEqual(typeof version.updatedBy, "string");
    }
    const names = await Promise.all(
      versions.map(async (version) => {
        const state = await cbc.getById("Person", created._id, {}, version._id);
        assert.strictEqual(state._id, created._id);
        return state.lastName;
      })
    );
    assert.deepStrictEqual([...new Set(names)].sort(), ["one", "two"]);
  });

  it("historySearch finds every state, of deleted documents as well", async () => {
    const lastName = `only ${process.pid} ${Date.now()}`;
    const created = await cbc.update("Person", person({ lastName }));
    await cbc.update("Person", { ...created, lastName: "another" });
    await cbc.destroy("Person", created._id);
    const versions = await cbc.historySearch("Person", { lastName });
    assert.deepStrictEqual([...new Set(versions.map((version) => version.refId))], [created._id]);
    const state = await cbc.getById("Person", versions[0].refId, null, versions[0]._id);
    assert.strictEqual(state.lastName, lastName);
  });

  it("finalizeInvoice numbers invoices without gaps", async () => {
    const dayBookNumber = `book ${process.pid} ${Date.now()}`;
    const invoices = [];
    for (let index = 0; index < 4; index += 1) {
      invoices.push(await cbc.update("Invoice", { dayBookNumber, invoiceItems: [{ pricePerUnit: 1, quantity: 2 }] }));
    }
    const finalized = await Promise.all(invoices.map((invoice) => cbc.finalizeInvoice(invoice._id)));
    const numbers = finalized.map((invoice) => Number(invoice.invoiceNumber)).sort((a, b) => a - b);
    assert.deepStrictEqual(numbers, [0, 1, 2, 3].map((index) => numbers[0] + index));
    assert.strictEqual(finalized[0].dayBookNumber, dayBookNumber);
  });
});
