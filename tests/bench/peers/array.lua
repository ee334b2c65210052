-- SPDX-License-Identifier: Apache-2.0
-- Fills an array with a million random integers, adds them up and sorts them.
local now = require("socket").gettime
local function run()
  local a, x = {}, 42
  for i = 1, 1000000 do
    x = (x * 16807) % 2147483647
    a[#a + 1] = x
  end
  local s = 0
  for i = 1, #a do s = s + a[i] end
  table.sort(a)
  return s % 1000007 + a[1] + a[500000]
end
local t = now()
local r = run()
print(string.format("%.3f %.0f", (now() - t) * 1000, r))
