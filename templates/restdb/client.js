  // Parsed, not written out: there a member __proto__ would be no member.
  var GIVEN = JSON.parse({{ given|safe }});
  var SYSTEM = ["_id", "_created", "_createdby", "_changed", "_changedby", "_version"];
  var PARENT = ["_parent_id", "_parent_def", "_parent_field"];

  function put(target, name, value) {
    // defineProperty, not assignment: a field may be called __proto__.
    Object.defineProperty(target, name, { value: value, writable: true, enumerable: true, configurable: true });
  }

  function keep(target, name, value) {
    Object.defineProperty(target, name, { value: value, writable: true, enumerable: false, configurable: true });
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch (problem) {
      return failure("NoJson", "The server did not answer with JSON.");
    }
  }

  function failure(name, message) {
    return { name: name, message: message, list: [], status: 0 };
  }

  // --- realtime: one EventSource for all listeners, made by the first ---------------------------------------

  function Realtime(address, options, log) {
    var listeners = [];
    var source = null;
    var wasOpen = false;
    var lost = false;
    var lastPing = 0;
    var lastId = "";
    var timer = null;

    function tell(event, data) {
      log("event", event, data);
      listeners.slice().forEach(function (listener) {
        if (listener.event === event && listener.wants(data)) listener.callback(null, data);
      });
    }

    function heard(kind) {
      return function (message) {
        lastPing = Date.now();
        if (message.lastEventId) lastId = message.lastEventId;
        var data = parsed(message.data);
        tell(kind === "publish" ? "topic " + data.event : kind.toUpperCase(), data);
      };
    }

    function open() {
      source = new EventSource(address(lastId));
      lastPing = Date.now();
      source.onopen = function () {
        tell(wasOpen ? "RECONNECT" : "CONNECT", {});
        wasOpen = true;
        lost = false;
      };
      source.onerror = function () {
        if (!lost) tell("DISCONNECT", {});
        lost = true;
        // A browser tries again by itself unless the answer was an error; then we do.
        if (source && source.readyState === 2) again();
      };
      source.addEventListener("ping", function (message) {
        lastPing = Date.now();
        if (message.lastEventId) lastId = message.lastEventId;
      });
      ["post", "put", "delete", "publish"].forEach(function (kind) {
        source.addEventListener(kind, heard(kind));
      });
    }

    function again() {
      if (source) source.close();
      source = null;
      setTimeout(function () {
        if (timer !== null && source === null) open();
      }, options.reconnectdelay);
    }

    function watch() {
      if (source && Date.now() - lastPing > options._keepalivediff) again();
    }

    return {
      on: function (event, wants, callback) {
        if (!options.realtime) return;
        listeners.push({ event: event, wants: wants, callback: callback });
        if (timer !== null) return;
        timer = setInterval(watch, options._keepalivedelay);
        open();
      },
      close: function () {
        clearInterval(timer);
        timer = null;
        if (source) source.close();
        source = null;
        listeners = [];
      }
    };
  }

  // --- the database -----------------------------------------------------------------------------------------

  function restdb(key, wanted) {
    if (!(this instanceof restdb)) return new restdb(key, wanted);
    var db = this;
    var options = {
      url: GIVEN.url,
      logging: false,
      realtime: false,
      jwt: false,
      "realtime-api-key": "",
      reconnectdelay: 5000,
      _keepalivedelay: 20000,
      _keepalivediff: 25000
    };
    Object.keys(wanted || {}).forEach(function (name) {
      options[name] = wanted[name];
    });
    db.apikey = key;
    db.url = String(options.url).replace(/\/+$/, "");
    db.logging = options.logging;

    function log() {
      if (db.logging && typeof console !== "undefined") console.log.apply(console, ["restdb"].concat([].slice.call(arguments)));
    }

    function streamAddress(lastId) {
      var query = options.jwt
        ? "jwt=" + encodeURIComponent(db.apikey) + "&rt-apikey=" + encodeURIComponent(options["realtime-api-key"])
        : "apikey=" + encodeURIComponent(db.apikey);
      return db.url + "/realtime?" + query + (lastId ? "&lastEventId=" + encodeURIComponent(lastId) : "");
    }

    var realtime = Realtime(streamAddress, options, log);

    function ask(verb, path, body, callback) {
      var headers = options.jwt ? { Authorization: "Bearer " + db.apikey } : { "x-apikey": db.apikey };
      var request = { verb: verb, url: db.url + path, headers: headers, body: null, refused: refusal(path) };
      if (body !== undefined) {
        headers["Content-Type"] = "application/json";
        request.body = JSON.stringify(body);
      }
      return answer(callback, request, log);
    }

    function of(name) {
      return GIVEN.collections.filter(function (known) {
        return known.name === name;
      })[0] || { name: name, fields: null, children: {} };
    }

    function collection(known) {
      var base = "/rest/" + encodeURIComponent(known.name);

      function isChild(name) {
        return Object.prototype.hasOwnProperty.call(known.children, name);
      }

      function isOwn(name) {
        if (known.fields) return known.fields.indexOf(name) >= 0;
        return name[0] !== "_" && !isChild(name);
      }

      function fill(target, values) {
        Object.keys(values || {}).forEach(function (name) {
          if (isOwn(name) || SYSTEM.indexOf(name) >= 0 || PARENT.indexOf(name) >= 0) put(target, name, values[name]);
          else if (isChild(name)) put(target, name, withHelpers(target, name, values[name]));
        });
        return target;
      }

      function withHelpers(parent, field, value) {
        var found = Array.isArray(value) ? value : [];
        var helpers = children(parent, field);
        keep(found, "addChild", helpers.addChild);
        keep(found, "getChild", helpers.getChild);
        return found;
      }

      function children(parent, field) {
        function address() {
          return base + "/" + encodeURIComponent(parent._id) + "/" + encodeURIComponent(field);
        }
        var Child = db.collection(isChild(field) ? known.children[field] : field);
        return {
          addChild: function (child, callback) {
            return ask("POST", address(), Child.wire(child), then(callback, function (saved) {
              return child instanceof Child ? Child.fill(child, saved) : new Child(saved);
            }));
          },
          getChild: function (callback) {
            return ask("GET", address() + "?metafields=true", undefined, then(callback, function (found) {
              return found.map(function (item) {
                return new Child(item);
              });
            }));
          }
        };
      }

      // What goes over the wire: data, the id and what a child says of its parent.
      function wire(item) {
        var found = {};
        Object.keys(item).forEach(function (name) {
          var isData = isOwn(name) && SYSTEM.indexOf(name) < 0;
          if (isData || name === "_id" || PARENT.indexOf(name) >= 0) put(found, name, item[name]);
        });
        return found;
      }

      function one(id) {
        return base + "/" + encodeURIComponent(id);
      }

      function Instance(values) {
        if (!(this instanceof Instance)) return new Instance(values);
        fill(this, values);
      }

      var methods = {
        save: function (callback) {
          var item = this;
          return ask(item._id ? "PUT" : "POST", item._id ? one(item._id) : base, wire(item), then(callback, function (saved) {
            return fill(item, saved);
          }));
        },
        delete: function (callback) {
          return ask("DELETE", one(this._id), undefined, callback);
        },
        reload: function (callback) {
          var item = this;
          return ask("GET", one(item._id) + "?metafields=true", undefined, then(callback, function (found) {
            return fill(item, found);
          }));
        },
        on: function (event, callback) {
          var item = this;
          realtime.on(String(event).toUpperCase(), function (data) {
            return data.collection === known.name && [].concat(data.data).indexOf(item._id) >= 0;
          }, callback);
        },
        children: function (field) {
          return children(this, field);
        }
      };
      Object.keys(methods).forEach(function (name) {
        keep(Instance.prototype, name, methods[name]);
      });
      Object.keys(known.children).forEach(function (field) {
        if (field in Instance.prototype) return;
        Object.defineProperty(Instance.prototype, field, {
          get: function () {
            return children(this, field);
          },
          configurable: true
        });
      });

      Instance.find = function (query, hints, callback) {
        if (typeof hints === "function") {
          callback = hints;
          hints = undefined;
        }
        var given = Object.assign({}, hints);
        var path = base + "?q=" + encodeURIComponent(JSON.stringify(query || {}));
        if (given.metafields) path += "&metafields=true";
        delete given.metafields;
        if (hints) path += "&h=" + encodeURIComponent(JSON.stringify(given));
        var isFigure = "$aggregate" in given || "$groupby" in given;
        return ask("GET", path, undefined, then(callback, function (found) {
          if (isFigure || !Array.isArray(found)) return found;
          return found.map(function (item) {
            return new Instance(item);
          });
        }));
      };
      Instance.getById = function (id, callback) {
        return ask("GET", one(id) + "?metafields=true", undefined, then(callback, function (found) {
          return new Instance(found);
        }));
      };
      Instance.on = function (event, callback) {
        realtime.on(String(event).toUpperCase(), function (data) {
          return data.collection === known.name;
        }, callback);
      };
      keep(Instance, "fill", fill);
      keep(Instance, "wire", wire);
      return Instance;
    }

    var made = Object.create(null);
    keep(db, "collection", function (name) {
      if (!(name in made)) made[name] = collection(of(name));
      return made[name];
    });
    db.on = function (event, callback) {
      var fixed = ["CONNECT", "DISCONNECT", "RECONNECT", "POST", "PUT", "DELETE"].indexOf(event) >= 0;
      realtime.on(fixed ? event : "topic " + event, function () {
        return true;
      }, callback);
    };
    db.publish = function (topic, payload, callback) {
      return ask("POST", "/realtime", { event: topic, data: payload }, callback);
    };
    keep(db, "close", realtime.close);
    GIVEN.collections.forEach(function (known) {
      if (known.property && !(known.property in db)) db[known.property] = db.collection(known.name);
    });
    if (GIVEN.known) return db;
    // The names are not told here: whatever is asked for is taken for the name of a collection.
    return new Proxy(db, {
      get: function (target, name) {
        if (typeof name !== "string" || name in target || name === "then" || name === "toJSON") return target[name];
        return target.collection(name);
      }
    });
  }

  // An empty part of a path, "." or ".." make the address of something else, such as the list's.
  function refusal(path) {
    var isElsewhere = path.split("?")[0].slice(1).split("/").some(function (part) {
      return /^\.{0,2}$/.test(part);
    });
    return isElsewhere ? failure("NoAddress", 'An id or a name must not be empty, "." or "..".') : null;
  }

  function send(request, done) {
    function refuse() {
      done(problemOf(request.refused), undefined, request.refused.status);
    }
    if (!request.refused) transmit(request, done);
    else if (request.waits) refuse();
    else setTimeout(refuse, 0); // a callback is never called before the call is over
  }

  function then(callback, shape) {
    // The callback that a caller gave, or none, with what to make of an answer before.
    return { callback: callback, shape: shape };
  }

  function answer(wanted, request, log) {
    var callback = typeof wanted === "function" ? wanted : wanted && wanted.callback;
    var shape = (wanted && wanted.shape) || function (found) {
      return found;
    };
    log(request.verb, request.url);

    function finish(done) {
      return function (problem, found, status, xhr) {
        if (problem) {
          log("failed", request.verb, request.url, problem);
          done(problem, undefined, status, xhr);
        } else done(null, shape(found), status, xhr);
      };
    }
    if (typeof callback === "function") {
      send(request, finish(callback));
      return undefined;
    }
    return unattended(request, finish);
  }
