-- SPDX-License-Identifier: Apache-2.0
-- A text of a million small pieces, built the way the language is good at.
local now = require("socket").gettime
local function run()
  local b = {}
  for i = 1, 1000000 do b[#b + 1] = "item" .. i .. ";" end
  local s = table.concat(b)
  return #s
end
local t = now()
local r = run()
print(string.format("%.3f %d", (now() - t) * 1000, r))
