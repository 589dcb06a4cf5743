/* EventSource for browsers without one, by XMLHttpRequest; where there is one this does nothing. */
(function (root) {
  "use strict";
  if (root.EventSource) return;

  function EventSource(url) {
    this.url = url;
    this.readyState = 0;
    this._listeners = {};
    this._last = "";
    this._delay = 3000;
    this._open();
  }

  EventSource.prototype.addEventListener = function (name, listener) {
    (this._listeners[name] = this._listeners[name] || []).push(listener);
  };

  EventSource.prototype.removeEventListener = function (name, listener) {
    this._listeners[name] = (this._listeners[name] || []).filter(function (other) {
      return other !== listener;
    });
  };

  EventSource.prototype.close = function () {
    this.readyState = 2;
    clearTimeout(this._timer);
    if (this._xhr) this._xhr.abort();
  };

  EventSource.prototype._emit = function (name, event) {
    event.type = name;
    if (typeof this["on" + name] === "function") this["on" + name](event);
    (this._listeners[name] || []).slice().forEach(function (listener) {
      listener.call(this, event);
    }, this);
  };

  EventSource.prototype._open = function () {
    var source = this, xhr = (this._xhr = new XMLHttpRequest()), read = 0, rest = "", event = {};
    xhr.open("GET", this.url, true);
    xhr.setRequestHeader("Accept", "text/event-stream");
    if (this._last) xhr.setRequestHeader("Last-Event-ID", this._last);

    function line(text) {
      var colon = text.indexOf(":"), name = colon < 0 ? text : text.slice(0, colon);
      var value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
      if (!text) {
        if (event.data !== undefined) source._emit(event.name || "message", { data: event.data, lastEventId: source._last });
        event = {};
      } else if (name === "data") event.data = event.data === undefined ? value : event.data + "\n" + value;
      else if (name === "event") event.name = value;
      else if (name === "id") source._last = value;
      else if (name === "retry" && /^\d+$/.test(value)) source._delay = +value;
    }

    xhr.onreadystatechange = function () {
      if (source.readyState === 2) return;
      if (xhr.readyState >= 3 && xhr.status === 200) {
        if (source.readyState === 0) {
          source.readyState = 1;
          source._emit("open", {});
        }
        var lines = (rest + xhr.responseText.slice(read)).split(/\r\n|\n|\r/);
        read = xhr.responseText.length;
        rest = lines.pop();
        lines.forEach(line);
      }
      if (xhr.readyState !== 4 || source.readyState === 2) return;
      // As a browser's own: it comes back after a stream that ended, and not after a refusal.
      source.readyState = xhr.status === 200 || xhr.status === 0 ? 0 : 2;
      source._emit("error", {});
      if (source.readyState === 0) source._timer = setTimeout(source._open.bind(source), source._delay);
    };
    xhr.send();
  };

  EventSource.CONNECTING = 0;
  EventSource.OPEN = 1;
  EventSource.CLOSED = 2;
  root.EventSource = EventSource;
})(window);
