-- SPDX-License-Identifier: Apache-2.0
-- Counts the words of a text of half a million and sorts them by how often they occur.
local now = require("socket").gettime
local function text()
  local w, x = {}, 42
  for i = 1, 500000 do
    x = (x * 16807) % 2147483647
    w[i] = "w" .. string.format("%d", x % 5000)
  end
  return table.concat(w, " ")
end
local src = text()
local function run()
  local n = {}
  for w in string.gmatch(src, "[^ ]+") do n[w] = (n[w] or 0) + 1 end
  local keys = {}
  for k in pairs(n) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b)
    if n[a] ~= n[b] then return n[a] > n[b] end
    return a < b
  end)
  return #keys * 1000 + n[keys[1]]
end
local t = now()
local r = run()
print(string.format("%.3f %d", (now() - t) * 1000, r))
