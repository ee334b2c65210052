// SPDX-License-Identifier: Apache-2.0
// A text that grows by two letters twenty thousand times.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function run() {
  let s = "";
  for (let i = 1; i <= 20000; i++) s = s + "ab";
  return s.length + (s.charCodeAt(500) > 0 ? 0 : 1);
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
