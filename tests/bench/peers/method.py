# SPDX-License-Identifier: Apache-2.0
# Ten million calls of a method that counts.
from time import perf_counter as now
class Counter:
    def __init__(self):
        self.n = 0
    def inc(self, d):
        self.n = self.n + d
def run():
    c = Counter()
    for _ in range(10000000):
        c.inc(1)
    return c.n
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
