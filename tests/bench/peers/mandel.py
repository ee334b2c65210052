# SPDX-License-Identifier: Apache-2.0
# The Mandelbrot set on 400 by 400 points, at most 100 steps each.
from time import perf_counter as now
def run():
    n, total = 400, 0
    for py in range(n):
        cy = py / n * 2.0 - 1.0
        for px in range(n):
            cx = px / n * 3.0 - 2.0
            zx, zy, i = 0.0, 0.0, 0
            while i < 100 and zx * zx + zy * zy < 4.0:
                t = zx * zx - zy * zy + cx
                zy = 2.0 * zx * zy + cy
                zx = t
                i = i + 1
            total = total + i
    return total
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
