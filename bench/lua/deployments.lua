-- Checks that every answer comes from one deployment: path, stage variable and header carry the same number.
-- Arguments: the paths to ask for in turn, with commas between, and the Host header. A token and an API key are sent with each. Every 1000 answers, a line with their number goes to stderr.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "figures.lua")

local thread_of_checks
local ready, count, at, answered = {}, 0, 0, 0
mixed, refused, highest = 0, 0, 0

function setup(thread)
  thread_of_checks = thread
end

function init(args)
  wrk.headers["Host"] = args[2]
  wrk.headers["Authorization"] = "Bearer bench-token-bench-token-bench-token-bench-token"
  wrk.headers["x-api-key"] = "bench-key-bench-key-bench-key"
  for path in args[1]:gmatch("[^,]+") do
    count = count + 1
    ready[count] = wrk.format("GET", path)
  end
end

function request()
  at = at % count + 1
  return ready[at]
end

function response(status, headers, body)
  answered = answered + 1
  if answered % 1000 == 0 then
    io.stderr:write(answered, "\n")
  end
  if status ~= 200 then
    refused = refused + 1
    return
  end
  local deployed, variable, header = body:match('"path":"/d/(%d+)/(%d+)","deployment":"(%d+)"')
  if not deployed or deployed ~= variable or deployed ~= header then
    mixed = mixed + 1
    if mixed <= 3 then
      io.stderr:write("mixed: ", body, "\n")
    end
    return
  end
  highest = math.max(highest, tonumber(deployed))
end

local figures = done
function done(summary, latency, requests)
  figures(summary, latency, requests)
  io.write(string.format('CHECKS {"mixed":%d,"refused":%d,"highest":%d}\n', thread_of_checks:get("mixed"),
    thread_of_checks:get("refused"), thread_of_checks:get("highest")))
end
