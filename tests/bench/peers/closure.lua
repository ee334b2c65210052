-- SPDX-License-Identifier: Apache-2.0
-- Ten million calls of a function that counts in a variable it captured.
local now = require("socket").gettime
local function counter()
  local n = 0
  return function(d) n = n + d; return n end
end
local function run()
  local f, r = counter(), 0
  for i = 1, 10000000 do r = f(1) end
  return r
end
local t = now()
local r = run()
print(string.format("%.3f %.0f", (now() - t) * 1000, r))
