-- SPDX-License-Identifier: Apache-2.0
-- Ten million calls of a method that counts.
local now = require("socket").gettime
local Counter = {}
Counter.__index = Counter
function Counter.new() return setmetatable({ n = 0 }, Counter) end
function Counter:inc(d) self.n = self.n + d end
local function run()
  local c = Counter.new()
  for i = 1, 10000000 do c:inc(1) end
  return c.n
end
local t = now()
local r = run()
print(string.format("%.3f %.0f", (now() - t) * 1000, r))
