// SPDX-License-Identifier: Apache-2.0
// Thirty million turns of a loop with a condition in it.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function run() {
  let s = 0, i = 0;
  while (i < 30000000) {
    if (i % 3 === 0) s = s + i; else s = s - 1;
    i = i + 1;
  }
  return s;
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
