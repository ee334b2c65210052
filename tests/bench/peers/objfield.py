# SPDX-License-Identifier: Apache-2.0
# Ten million times reads two fields of an object and writes one.
from time import perf_counter as now
def run():
    o = {"x": 0, "y": 1, "z": 2}
    for _ in range(10000000):
        o["x"] = o["x"] + o["y"]
    return o["x"]
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
