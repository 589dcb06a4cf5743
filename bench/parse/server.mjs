// Parse Server in two processes on one port.
import cluster from "node:cluster";
import express from "express";
import mongodb from "mongodb";
import { ParseServer } from "parse-server";

const { PEER_MONGODB_URI, PEER_PORT, PEER_KEY } = process.env;

// Parse Server rewrites the address before it connects, and garbles one that names a unix socket.
const connect = mongodb.MongoClient.connect;
mongodb.MongoClient.connect = (_, options) => connect.call(mongodb.MongoClient, PEER_MONGODB_URI, options);

if (cluster.isPrimary) {
  for (let number = 0; number < 2; number++) cluster.fork();
} else {
  const url = `http://127.0.0.1:${PEER_PORT}/parse`;
  const server = new ParseServer({
    databaseURI: PEER_MONGODB_URI,
    appId: "bench",
    masterKey: PEER_KEY,
    masterKeyIps: ["127.0.0.1/32"],
    serverURL: url,
    allowClientClassCreation: true,
    logLevel: "error",
    silent: true,
    logsFolder: null,
  });
  await server.start();
  const app = express();
  app.use("/parse", server.app);
  app.listen(Number(PEER_PORT), "127.0.0.1");
}
