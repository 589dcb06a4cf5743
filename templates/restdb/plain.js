/* Generated for database: {{ comment }}
   Schema: {{ version }}; needs nothing. */
(function (root) {
  "use strict";
{% include "restdb/client.js" %}
  function problemOf(found) {
    return found;
  }

  function transmit(request, done) {
    var xhr = new XMLHttpRequest();
    xhr.open(request.verb, request.url, true);
    Object.keys(request.headers).forEach(function (name) {
      xhr.setRequestHeader(name, request.headers[name]);
    });
    xhr.onload = function () {
      var found = parsed(xhr.responseText);
      var isGood = xhr.status >= 200 && xhr.status < 300;
      done(isGood ? null : found, isGood ? found : undefined, xhr.status, xhr);
    };
    xhr.onerror = function () {
      done(failure("NoAnswer", "The server did not answer."), undefined, 0, xhr);
    };
    xhr.send(request.body);
  }

  // Without a callback a call answers a promise.
  function unattended(request, finish) {
    return new Promise(function (resolve, reject) {
      send(request, finish(function (problem, found) {
        if (problem) reject(problem);
        else resolve(found);
      }));
    });
  }

  root.restdb = restdb;
})(typeof window === "undefined" ? globalThis : window);
