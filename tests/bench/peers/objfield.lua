-- SPDX-License-Identifier: Apache-2.0
-- Ten million times reads two fields of an object and writes one.
local now = require("socket").gettime
local function run()
  local o = { x = 0, y = 1, z = 2 }
  for i = 1, 10000000 do
    o.x = o.x + o.y
  end
  return o.x
end
local t = now()
local r = run()
print(string.format("%.3f %.0f", (now() - t) * 1000, r))
