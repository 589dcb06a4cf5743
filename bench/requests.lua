-- The requests of one workload for wrk; what to send comes from the environment.
local workload = os.getenv("WORKLOAD")
local database = os.getenv("DATABASE_ID")
local ids = {}
for line in io.lines(os.getenv("IDS_FILE")) do ids[#ids + 1] = line end

local headers = {
  ["Authorization"] = "Api-Key " .. os.getenv("API_KEY"),
  ["Content-Type"] = "application/json",
}
local target = '"database_id":"' .. database .. '","collection_name":"people"'
local query = "/api/crud?database_id=" .. database .. "&collection_name=people"
local document = os.getenv("DOCUMENT")
local failures = 0

local function any_id() return ids[math.random(#ids)] end

local makers = {
  insert = function()
    return wrk.format("POST", "/api/crud", headers, "{" .. target .. ',"data":[' .. document .. "]}")
  end,
  read = function()
    return wrk.format("GET", query .. "&filters=%7B%22_id%22%3A%22" .. any_id() .. "%22%7D", headers)
  end,
  page = function()
    return wrk.format("GET", query .. "&page_size=50&page=" .. math.random(20), headers)
  end,
  update = function()
    local body = "{" .. target .. ',"filters":{"_id":"' .. any_id() .. '"},"update_data":{"visits":'
      .. math.random(1000000) .. "}}"
    return wrk.format("PUT", "/api/crud", headers, body)
  end,
}

function init() math.randomseed(tonumber(os.getenv("SEED") or "1")) end
request = makers[workload]
