-- Sends the requests of a file, drawn by lot; each line is: method, path, body, parted by tabs.
local requests = {}
local headers = {["Host"] = wrk.host .. ":" .. wrk.port, ["Content-Type"] = "application/json"}
for name, value in os.getenv("HEADERS"):gmatch("([^:\n]+): ([^\n]+)") do headers[name] = value end
for line in io.lines(os.getenv("REQUESTS")) do
  local method, path, body = line:match("^(%S+)\t(%S+)\t(.*)$")
  requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
end

function init() math.randomseed(tonumber(os.getenv("SEED") or "1")) end
function request() return requests[math.random(#requests)] end
