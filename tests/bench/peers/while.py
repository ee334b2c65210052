# SPDX-License-Identifier: Apache-2.0
# Thirty million turns of a loop with a condition in it.
from time import perf_counter as now
def run():
    s = i = 0
    while i < 30000000:
        if i % 3 == 0:
            s = s + i
        else:
            s = s - 1
        i = i + 1
    return s
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
