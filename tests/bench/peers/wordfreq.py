# SPDX-License-Identifier: Apache-2.0
# Counts the words of a text of half a million and sorts them by how often they occur.
from time import perf_counter as now
def text():
    w, x = [], 42
    for _ in range(500000):
        x = (x * 16807) % 2147483647
        w.append("w" + str(x % 5000))
    return " ".join(w)
src = text()
def run():
    n = {}
    for w in src.split(" "):
        n[w] = n.get(w, 0) + 1
    keys = sorted(n, key=lambda k: (-n[k], k))
    return len(keys) * 1000 + n[keys[0]]
t = now()
r = run()
print(f"{(now() - t) * 1000:.3f} {r}")
