# SPDX-License-Identifier: Apache-2.0
# A text that grows by two letters twenty thousand times.
from time import perf_counter as now
def run():
    s = ""
    for _ in range(20000):
        s = s + "ab"
    return len(s)
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
