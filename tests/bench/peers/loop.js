// SPDX-License-Identifier: Apache-2.0
// Fifty million turns of two nested counting loops.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function run() {
  let s = 0;
  for (let i = 0; i < 5000; i++)
    for (let j = 0; j < 10000; j++) s = s + i * j;
  return s;
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
