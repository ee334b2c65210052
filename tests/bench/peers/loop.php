<?php
// SPDX-License-Identifier: Apache-2.0
// Fifty million turns of two nested counting loops.
function run() {
  $s = 0;
  for ($i = 0; $i < 5000; $i++)
    for ($j = 0; $j < 10000; $j++) $s = $s + $i * $j;
  return $s;
}
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
