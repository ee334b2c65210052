// SPDX-License-Identifier: Apache-2.0
// The Mandelbrot set on 400 by 400 points, at most 100 steps each.
const now = typeof performance !== "undefined" ? () => performance.now() : () => Date.now();
function run() {
  const n = 400;
  let total = 0;
  for (let py = 0; py < n; py++) {
    const cy = py / n * 2.0 - 1.0;
    for (let px = 0; px < n; px++) {
      const cx = px / n * 3.0 - 2.0;
      let zx = 0.0, zy = 0.0, i = 0;
      while (i < 100 && zx * zx + zy * zy < 4.0) {
        const t = zx * zx - zy * zy + cx;
        zy = 2.0 * zx * zy + cy;
        zx = t;
        i = i + 1;
      }
      total = total + i;
    }
  }
  return total;
}
const t = now();
const r = run();
console.log((now() - t).toFixed(3) + " " + r);
