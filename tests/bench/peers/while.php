<?php
// SPDX-License-Identifier: Apache-2.0
// Thirty million turns of a loop with a condition in it.
function run() {
  $s = 0; $i = 0;
  while ($i < 30000000) {
    if ($i % 3 === 0) $s = $s + $i; else $s = $s - 1;
    $i = $i + 1;
  }
  return $s;
}
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
