-- As guarded.lua, at a pace: each connection waits before it asks again. Arguments: the file, the Host header, the milliseconds.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "guarded.lua")

local guarded, pause_ms = init, 0

function init(args)
  pause_ms = tonumber(args[3])
  guarded(args)
end

function delay()
  -- Spread, so that connections do not fall into step.
  return math.floor(pause_ms * (0.5 + math.random()) + 0.5)
end
