-- Sends the requests of a file, drawn by lot; each line is: method, path, body, parted by tabs. RANDOM becomes six digits.
local requests = {}
local headers = {["Host"] = wrk.host .. ":" .. wrk.port, ["Content-Type"] = "application/json"}
for name, value in os.getenv("HEADERS"):gmatch("([^:\n]+): ([^\n]+)") do headers[name] = value end
for line in io.lines(os.getenv("REQUESTS")) do
  local method, path, body = line:match("^(%S+)\t(%S+)\t(.*)$")
  requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
end

function init() math.randomseed(tonumber(os.getenv("SEED") or "1")) end
function request()
  local found = requests[math.random(#requests)]
  if #found > 1000 then return found end
  return (found:gsub("RANDOM", function() return tostring(math.random(100000, 999999)) end))
end
