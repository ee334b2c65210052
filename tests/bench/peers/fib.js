// SPDX-License-Identifier: Apache-2.0
// Two recursive calls a call: fib(32).
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
const t = now();
const r = fib(32);
console.log((now() - t).toFixed(3) + " " + r);
