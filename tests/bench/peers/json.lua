-- SPDX-License-Identifier: Apache-2.0
-- Reads and writes a JSON document of 8,000 records, five times; the time is that of one.
local now = require("socket").gettime
local cjson = require("cjson")
local function build()
  local list, x = {}, 42
  for i = 1, 8000 do
    x = (x * 16807) % 2147483647
    list[i] = { id = i, name = "user" .. i, email = "user" .. i .. "@example.com",
      score = x / 1000, active = x % 2 == 0, tags = { "a", "b\n", "c\"q" } }
  end
  return list
end
local doc = build()
local text = cjson.encode(doc)
local t = now()
local n = 0
for i = 1, 5 do
  local v = cjson.decode(text)
  n = n + #v
  local s = cjson.encode(v)
  n = n + (#s > 1000 and 1 or 0)
end
print(string.format("%.3f %d", (now() - t) * 1000 / 5, n))
