// SPDX-License-Identifier: Apache-2.0
// A text of a million small pieces, built the way the language is good at.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function run() {
  let s = "";
  for (let i = 1; i <= 1000000; i++) s += "item" + i + ";";
  return s.length + (s.charCodeAt(5000) > 0 ? 0 : 1);
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
