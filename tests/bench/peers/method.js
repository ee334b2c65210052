// SPDX-License-Identifier: Apache-2.0
// Ten million calls of a method that counts.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
class Counter {
  constructor() { this.n = 0; }
  inc(d) { this.n = this.n + d; }
}
function run() {
  const c = new Counter();
  for (let i = 0; i < 10000000; i++) c.inc(1);
  return c.n;
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
