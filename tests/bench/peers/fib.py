# SPDX-License-Identifier: Apache-2.0
# Two recursive calls a call: fib(32).
from time import perf_counter as now
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
t = now()
r = fib(32)
print(f"{(now() - t) * 1000:.3f} {r}")
