// SPDX-License-Identifier: Apache-2.0
// Ten million times reads two fields of an object and writes one.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function run() {
  const o = { x: 0, y: 1, z: 2 };
  for (let i = 0; i < 10000000; i++) o.x = o.x + o.y;
  return o.x;
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
