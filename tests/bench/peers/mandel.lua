-- SPDX-License-Identifier: Apache-2.0
-- The Mandelbrot set on 400 by 400 points, at most 100 steps each.
local now = require("socket").gettime
local function run()
  local n, total = 400, 0
  for py = 0, n - 1 do
    local cy = py / n * 2.0 - 1.0
    for px = 0, n - 1 do
      local cx = px / n * 3.0 - 2.0
      local zx, zy, i = 0.0, 0.0, 0
      while i < 100 and zx * zx + zy * zy < 4.0 do
        local t = zx * zx - zy * zy + cx
        zy = 2.0 * zx * zy + cy
        zx = t
        i = i + 1
      end
      total = total + i
    end
  end
  return total
end
local t = now()
local r = run()
print(string.format("%.3f %d", (now() - t) * 1000, r))
