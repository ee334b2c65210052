// SPDX-License-Identifier: Apache-2.0
// Ten million calls of a function that counts in a variable it captured.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function counter() {
  let n = 0;
  return d => { n = n + d; return n; };
}
function run() {
  const f = counter();
  let r = 0;
  for (let i = 0; i < 10000000; i++) r = f(1);
  return r;
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
