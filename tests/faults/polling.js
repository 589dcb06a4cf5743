"use strict";

// Listens to a room by long polling alone, with the published client, and prints each message with the client's number.
// Arguments: the number of clients, the url with its key, the id of the database. MODULES holds socket.io-client 2.

const io = require(`${process.env.MODULES}/socket.io-client`);
const [count, url, database] = process.argv.slice(2);

for (let number = 0; number < Number(count); number += 1) {
  const socket = io(url, { transports: ["polling"], forceNew: true });
  socket.on("connect", () => socket.emit("join", `${database}_dirty`));
  socket.on("message", (text) => console.log(`${number} ${text.split("|")[1]}`));
}
