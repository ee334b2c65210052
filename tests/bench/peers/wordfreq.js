// SPDX-License-Identifier: Apache-2.0
// Counts the words of a text of half a million and sorts them by how often they occur.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function text() {
  const w = [];
  let x = 42;
  for (let i = 0; i < 500000; i++) {
    x = (x * 16807) % 2147483647;
    w.push("w" + (x % 5000));
  }
  return w.join(" ");
}
const src = text();
function run() {
  const n = Object.create(null);
  for (const w of src.split(" ")) n[w] = (n[w] || 0) + 1;
  const keys = Object.keys(n);
  keys.sort((a, b) => n[a] !== n[b] ? n[b] - n[a] : (a < b ? -1 : a > b ? 1 : 0));
  return keys.length * 1000 + n[keys[0]];
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
