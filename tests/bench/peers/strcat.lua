-- SPDX-License-Identifier: Apache-2.0
-- A text that grows by two letters twenty thousand times.
local now = require("socket").gettime
local function run()
  local s = ""
  for i = 1, 20000 do s = s .. "ab" end
  return #s
end
local t = now()
local r = run()
print(string.format("%.3f %d", (now() - t) * 1000, r))
