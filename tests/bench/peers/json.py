# SPDX-License-Identifier: Apache-2.0
# Reads and writes a JSON document of 8,000 records, five times; the time is that of one.
import json
from time import perf_counter as now
def build():
    out, x = [], 42
    for i in range(1, 8001):
        x = (x * 16807) % 2147483647
        out.append({"id": i, "name": f"user{i}", "email": f"user{i}@example.com",
                    "score": x / 1000, "active": x % 2 == 0, "tags": ["a", "b\n", "c\"q"]})
    return out
text = json.dumps(build())
t = now()
n = 0
for _ in range(5):
    v = json.loads(text)
    n += len(v)
    s = json.dumps(v)
    n += 1 if len(s) > 1000 else 0
print(f"{(now() - t) * 1000 / 5:.3f} {n}")
