// SPDX-License-Identifier: Apache-2.0
// Fills an array with a million random integers, adds them up and sorts them.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function run() {
  let a = [], x = 42;
  for (let i = 0; i < 1000000; i++) {
    x = (x * 16807) % 2147483647;
    a.push(x);
  }
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i];
  a.sort((p, q) => p - q);
  return s % 1000007 + a[0] + a[499999];
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
