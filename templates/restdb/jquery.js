/* Generated for database: {{ comment }}
   Schema: {{ version }}; needs jQuery, which is to be included before. */
(function (root, $) {
  "use strict";
{% include "restdb/client.js" %}
  function problemOf(found) {
    return { status: found.status, responseJSON: found };
  }

  function transmit(request, done) {
    $.ajax({
      type: request.verb,
      url: request.url,
      headers: request.headers,
      data: request.body,
      contentType: false,
      processData: false,
      dataType: "json",
      cache: true,
      async: !request.waits && $.ajaxSetup().async !== false
    })
      .done(function (found, status, xhr) {
        done(null, found, xhr.status, xhr);
      })
      .fail(function (xhr) {
        done(xhr, undefined, xhr.status, xhr);
      });
  }

  // Without a callback the browser waits for the answer, which is then also the call's value.
  function unattended(request, finish) {
    var found;
    request.waits = true;
    send(request, finish(function (problem, value) {
      found = value;
    }));
    return found;
  }

  root.restdb = restdb;
})(window, window.jQuery);
