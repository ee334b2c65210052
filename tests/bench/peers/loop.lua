-- SPDX-License-Identifier: Apache-2.0
-- Fifty million turns of two nested counting loops.
local now = require("socket").gettime
local function run()
  local s = 0
  for i = 0, 4999 do
    for j = 0, 9999 do
      s = s + i * j
    end
  end
  return s
end
local t = now()
local r = run()
print(string.format("%.3f %.0f", (now() - t) * 1000, r))
