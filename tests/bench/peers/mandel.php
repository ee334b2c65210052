<?php
// SPDX-License-Identifier: Apache-2.0
// The Mandelbrot set on 400 by 400 points, at most 100 steps each.
function run() {
  $n = 400; $total = 0;
  for ($py = 0; $py < $n; $py++) {
    $cy = $py / $n * 2.0 - 1.0;
    for ($px = 0; $px < $n; $px++) {
      $cx = $px / $n * 3.0 - 2.0;
      $zx = 0.0; $zy = 0.0; $i = 0;
      while ($i < 100 && $zx * $zx + $zy * $zy < 4.0) {
        $t = $zx * $zx - $zy * $zy + $cx;
        $zy = 2.0 * $zx * $zy + $cy;
        $zx = $t;
        $i = $i + 1;
      }
      $total = $total + $i;
    }
  }
  return $total;
}
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
