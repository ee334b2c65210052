// SPDX-License-Identifier: Apache-2.0
// Reads and writes a JSON document of 8,000 records, five times; the time is that of one.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function build() {
  const list = [];
  let x = 42;
  for (let i = 1; i <= 8000; i++) {
    x = (x * 16807) % 2147483647;
    list.push({ id: i, name: "user" + i, email: "user" + i + "@example.com",
      score: x / 1000, active: x % 2 === 0, tags: ["a", "b\n", "c\"q"] });
  }
  return list;
}
const text = JSON.stringify(build());
const t = now();
let n = 0;
for (let i = 0; i < 5; i++) {
  const v = JSON.parse(text);
  n += v.length;
  const s = JSON.stringify(v);
  n += s.length > 1000 ? 1 : 0;
}
console.log(((now() - t) / 5).toFixed(3) + " " + n);
