/* Generated for database: {{ comment }}
   Schema: {{ version }}; an ES module, its types are in _jsapi.d.mts beside it. */
{% include "restdb/client.js" %}
  export class RestdbError extends Error {
    constructor(found) {
      super(found.message);
      Object.assign(this, found);
    }
  }

  function problemOf(found) {
    return new RestdbError(found);
  }

  async function asked(request) {
    let response;
    try {
      response = await fetch(request.url, { method: request.verb, headers: request.headers, body: request.body });
    } catch (problem) {
      throw problemOf(failure("NoAnswer", "The server did not answer."));
    }
    const found = parsed(await response.text());
    if (!response.ok) throw problemOf(found);
    return { found, status: response.status };
  }

  function transmit(request, done) {
    asked(request).then(
      ({ found, status }) => done(null, found, status),
      (problem) => done(problem, undefined, problem.status)
    );
  }

  function unattended(request, finish) {
    return new Promise((resolve, reject) => send(request, finish((problem, found) => (problem ? reject(problem) : resolve(found)))));
  }

export { restdb };
export default restdb;
