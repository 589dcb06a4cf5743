"use strict";

const assert = require("assert");
const { connector: cbc, rejection, withWindow } = require("./harness");

/** Return all bytes of a file, or reject with the error of its stream. */
function download(id) {
  return new Promise((resolve, reject) => {
    const parts = [];
    const stream = cbc.createReadStream(id);
    stream.on("data", (part) => parts.push(part));
    stream.on("error", reject);
    stream.on("end", () => resolve(Buffer.concat(parts)));
  });
}

describe("files", () => {
  const content = Buffer.from(Array.from({ length: 70000 }, (_, index) => index % 256));

  it("are uploaded, read, replaced and destroyed", async () => {
    const file = await withWindow(() => cbc.updateBinary(content, "all bytes.bin", "a/directory"));
    assert.match(file._id, /^[0-9a-f]{24}$/);
    assert.deepStrictEqual([file.filename, file.length], ["all bytes.bin", content.length]);
    assert.strictEqual(file.metadata.path, "a/directory");
    assert.ok((await download(file._id)).equals(content));
    assert.deepStrictEqual((await cbc.getById("File", file._id)).filename, "all bytes.bin");
    assert.strictEqual(await cbc.getId("File", { _id: file._id, metadata: { $exists: true } }), file._id);

    const large = Buffer.alloc(1500000, 200); // its JSON is a list of as many numbers
    assert.strictEqual((await cbc.updateBinary(large, "large.bin", "b", file._id)).length, large.length);
    assert.ok((await download(file._id)).equals(large));

    const replaced = await cbc.updateBinary("other", "b.txt", "b", file._id);
    assert.deepStrictEqual([replaced._id, replaced.filename, replaced.length], [file._id, "b.txt", 5]);
    assert.strictEqual(replaced.metadata.path, "b");
    assert.strictEqual((await download(file._id)).toString(), "other");

    await cbc.destroy("File", file._id);
    assert.match((await rejection(download(file._id))).message, /Not Found/);
  });

  it("are uploaded from a text", async () => {
    const file = await withWindow(() => cbc.updateBinary("Grüße", "text.txt", ""));
    assert.strictEqual((await download(file._id)).toString(), "Grüße");
  });

  it("fail as streams", async () => {
    assert.match((await rejection(download("12345"))).message, /Not Found|Bad Request/);
    assert.match((await rejection(download("60c72b2f9b1d8b1a2d3e4567"))).message, /Not Found/);
  });
});
