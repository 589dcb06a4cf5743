// Runs published clients against the service: node clients.js CLIENT, with URL and AUTHORIZATION in the environment.
// Prints one JSON object of what they answered.
"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");
const load = createRequire(path.join(process.env.CLIENT_MODULES, "any.js"));
const { URL: url, AUTHORIZATION: Authorization } = process.env;
const headers = { Authorization };
const INSERT = "mutation M($rows: [songs_insert_input!]!) { insert_songs(objects: $rows) { returning { title } } }";
const READ = "query Q($title: String) { songs(where: {title: {_eq: $title}}) { title } }";
const LIVE = 'subscription { songs(where: {title: {_like: "live%"}}) { title } }';

async function graphqlRequest() {
  const { GraphQLClient, gql } = load("graphql-request");
  const client = new GraphQLClient(url, { headers });
  const inserted = await client.request(gql`${INSERT}`, { rows: [{ title: "request" }] });
  const read = await client.request(READ, { title: "request" });
  const batch = await client.request("{ a: songs(limit: 0) { title } b: songs_by_pk(rowid: 99) { title } }");
  const error = await client.request("{ nothing }").catch((failure) => failure.response.errors[0].message);
  return { inserted, read, batch, error };
}

async function urql() {
  const { Client, fetchExchange, cacheExchange } = load("@urql/core");
  const client = new Client({ url, exchanges: [cacheExchange, fetchExchange], fetchOptions: { headers }, preferGetMethod: false });
  const inserted = await client.mutation(INSERT, { rows: [{ title: "urql" }] }).toPromise();
  const read = await client.query(READ, { title: "urql" }).toPromise();
  const failed = await client.query("{ nothing }", {}).toPromise();
  return { inserted: inserted.data, read: read.data, error: failed.error.graphQLErrors[0].message };
}

async function subscriptions(client) {
  const write = (title) => fetch(url, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify({ query: INSERT, variables: { rows: [{ title }] } }),
  });
  const answers = [];
  for await (const { data } of client.iterate({ query: LIVE })) {
    answers.push(data.songs.map((song) => song.title));
    if (answers.length === 2) break;
    await write(`live ${process.argv[2]}`);
  }
  await client.dispose();
  return { grown: answers[1].length - answers[0].length, last: answers[1].at(-1) };
}

const CLIENTS = {
  "graphql-request": graphqlRequest,
  "urql": urql,
  "graphql-ws": () => subscriptions(load("graphql-ws").createClient({
    url: url.replace("http", "ws"), webSocketImpl: load("ws"), connectionParams: headers, retryAttempts: 0,
  })),
  "graphql-sse": () => subscriptions(load("graphql-sse").createClient({ url, headers, retryAttempts: 0 })),
};

CLIENTS[process.argv[2]]().then(
  (result) => { console.log(JSON.stringify(result)); process.exit(0); },
  (error) => { console.error(error); process.exit(1); },
);
