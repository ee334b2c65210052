# SPDX-License-Identifier: Apache-2.0
# Fifty million turns of two nested counting loops.
from time import perf_counter as now
def run():
    s = 0
    for i in range(5000):
        for j in range(10000):
            s = s + i * j
    return s
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
