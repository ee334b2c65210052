# SPDX-License-Identifier: Apache-2.0
# Fills an array with a million random integers, adds them up and sorts them.
from time import perf_counter as now
def run():
    a, x = [], 42
    for _ in range(1000000):
        x = (x * 16807) % 2147483647
        a.append(x)
    s = 0
    for v in a:
        s += v
    a.sort()
    return s % 1000007 + a[0] + a[499999]
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
