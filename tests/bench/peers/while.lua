-- SPDX-License-Identifier: Apache-2.0
-- Thirty million turns of a loop with a condition in it.
local now = require("socket").gettime
local function run()
  local s, i = 0, 0
  while i < 30000000 do
    if i % 3 == 0 then s = s + i else s = s - 1 end
    i = i + 1
  end
  return s
end
local t = now()
local r = run()
print(string.format("%.3f %.0f", (now() - t) * 1000, r))
