-- As spread.lua, with a token and an API key, as bench/guards.py knows them. Arguments: the file (one path a line), the Host header.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "spread.lua")

local plain = init

function init(args)
  wrk.headers["Authorization"] = "Bearer bench-token-bench-token-bench-token-bench-token"
  wrk.headers["x-api-key"] = "bench-key-bench-key-bench-key"
  plain(args)
end
