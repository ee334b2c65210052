# SPDX-License-Identifier: Apache-2.0
# Ten million calls of a function that counts in a variable it captured.
from time import perf_counter as now
def counter():
    n = 0
    def f(d):
        nonlocal n
        n = n + d
        return n
    return f
def run():
    f, r = counter(), 0
    for _ in range(10000000):
        r = f(1)
    return r
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
