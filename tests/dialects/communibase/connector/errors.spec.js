"use strict";

const assert = require("assert");
const { connector: cbc, rejection, requestsOf } = require("./harness");

const MISSING = "60c72b2f9b1d8b1a2d3e4567";

/** Check that a promise is rejected with a CommunibaseError of the service. */
async function fails(promise, code, fields = []) {
  const error = await rejection(promise);
  assert.strictEqual(error.name, "CommunibaseError", String(error && error.stack));
  assert.strictEqual(error.code, code, error.message);
  assert.ok(error.message.length > 0);
  assert.deepStrictEqual(error.errors.map((item) => item.field), fields);
  assert.ok(error.errors.every((item) => item.message.length > 0));
  return error;
}

describe("errors", () => {
  it("are local without a key, for an id of another length and for an empty pipeline", async () => {
    const sent = await requestsOf(async () => {
      assert.match((await rejection(cbc.clone("").getAll("Person"))).message, /^Missing key or token/);
      assert.strictEqual((await rejection(cbc.getById("Person", "short"))).message, "Invalid objectId");
      assert.match((await rejection(cbc.aggregate("Person", []))).message, /valid Aggregation Pipeline/);
      assert.match((await rejection(cbc.getByRef({}))).message, /documentReference/);
    });
    assert.deepStrictEqual(sent, []);
  });

  it("of an unknown key", async () => {
    const stranger = cbc.clone("not-a-key");
    await fails(stranger.getAll("Person"), 401);
    await fails(stranger.update("Person", {}), 401);
    await fails(stranger.getById("Person", MISSING), 401);
  });

  it("of an unknown entity type", async () => {
    await fails(cbc.getAll("Nothing"), 404);
    await fails(cbc.search("Nothing", { a: 1 }), 404);
    await fails(cbc.update("Nothing", { a: 1 }), 404);
    await fails(cbc.getHistory("Nothing", MISSING), 404);
    await fails(cbc.aggregate("Nothing", [{ $match: {} }]), 404);
    await fails(cbc.search({ firstName: "Henk" }, { fields: "lastName" }), 404);
  });

  it("of a missing document", async () => {
    assert.strictEqual((await rejection(cbc.getById("Person", MISSING))).message, `${MISSING} is not found`);
    assert.match((await rejection(cbc.getByIds("Person", [MISSING]))).message, /is not found/);
    await fails(cbc.getById("Person", MISSING, { fields: "age" }), 404);
    await fails(cbc.getById("Person", MISSING, {}, MISSING), 404);
    await fails(cbc.destroy("Person", MISSING), 404);
    await fails(cbc.undelete("Person", MISSING), 404);
    await fails(cbc.finalizeInvoice(MISSING), 404);
    await fails(cbc.getHistory("Person", MISSING), 404);
  });

  it("of an invalid document name every field", async () => {
    await fails(cbc.update("Person", { firstName: "Henk" }), 400, ["registeredDate"]);
    const addresses = [{ street: "", city: "Delft" }, { city: "Delft" }];
    const registeredDate = null;
    const fields = ["registeredDate", "addresses.0.street", "addresses.1.street"];
    const error = await rejection(cbc.update("Person", { registeredDate, addresses }));
    assert.deepStrictEqual(error.errors.map((item) => item.field).sort(), fields.sort());
  });

  it("of a bad selector name the field", async () => {
    const error = await rejection(cbc.search("Person", { age: { $what: 1 } }));
    assert.deepStrictEqual([error.name, error.code], ["CommunibaseError", 400]);
    assert.ok(error.errors.length > 0 && error.errors[0].field.includes("age"), JSON.stringify(error.errors));
    assert.strictEqual((await rejection(cbc.search("Person", { $where: "1" }))).code, 400);
    assert.strictEqual((await rejection(cbc.historySearch("Person", { age: { $what: 1 } }))).code, 400);
  });

  it("of a bad pipeline", async () => {
    for (const stage of [{ $what: 1 }, { $out: "x" }, { $merge: { into: "x" } }, { $match: { $where: "1" } }, 7]) {
      const error = await rejection(cbc.aggregate("Person", [stage]));
      assert.deepStrictEqual([error.name, error.code], ["CommunibaseError", 400], JSON.stringify(stage));
    }
  });

  it("of parameters", async () => {
    await fails(cbc.getAll("Person", { limit: "many" }), 400, ["limit"]);
    await fails(cbc.search("Person", { age: 1 }, { sort: "age", dir: "UP" }), 400, ["dir"]);
  });

  it("of a route that does not exist", async () => {
    const lost = cbc.clone(cbc.key);
    lost.setServiceUrl(`${process.env.COMMUNIBASE_API_URL}nowhere/`);
    await fails(lost.getAll("Person"), 404);
  });

  it("of another tenant's database", async () => {
    const foreign = cbc.clone(cbc.key);
    foreign.setServiceUrl(process.env.FOREIGN_API_URL);
    await fails(foreign.getAll("Person"), 404);
    await fails(foreign.update("Person", { registeredDate: new Date() }), 404);
    await fails(foreign.destroy("Person", MISSING), 404);
  });
});
