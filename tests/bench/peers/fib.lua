-- SPDX-License-Identifier: Apache-2.0
-- Two recursive calls a call: fib(32).
local now = require("socket").gettime
local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end
local t = now()
local r = fib(32)
print(string.format("%.3f %d", (now() - t) * 1000, r))
