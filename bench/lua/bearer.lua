-- As spread.lua, with the token in the file `token` beside the paths. Arguments: the file (one path a line), the Host header.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "spread.lua")

local plain = init

function init(args)
  local file = assert(io.open(args[1]:match("^(.*/)") .. "token"))
  wrk.headers["Authorization"] = "Bearer " .. file:read("l")
  file:close()
  plain(args)
end
