// The page of GraphiQL: it runs operations at the address of GraphQL beside its own.
const base = location.pathname.replace(/\/graph(i?)ql\/?$/, "");
const HINT = `# Enter credentials below, as headers:
# {"Authorization": "Bearer …"}
# and run this query.
{ __typename }
`;
let root, query, authorization;

async function run(operation, options) {
  const answer = await fetch(`${base}/graphql`, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", ...options?.headers },
    body: JSON.stringify(operation),
  });
  // The schema is read again with the first credentials that work, and with other ones.
  const current = options?.headers?.Authorization;
  if (answer.ok && current !== authorization) {
    authorization = current;
    show();
  }
  return answer.json();
}

function show() {
  const fetcher = (operation, options) => run(operation, options);
  root.render(React.createElement(GraphiQL, { fetcher, defaultQuery: query, defaultEditorToolsVisibility: "headers" }));
}

async function start() {
  const answer = await fetch(`${base}/playground/default-query`, { credentials: "omit" }).catch(() => null);
  query = answer?.ok ? await answer.text() : HINT;
  root = ReactDOM.createRoot(document.getElementById("graphiql"));
  show();
}

start();
