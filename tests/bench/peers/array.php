<?php
// SPDX-License-Identifier: Apache-2.0
// Fills an array with a million random integers, adds them up and sorts them.
function run() {
  $a = []; $x = 42;
  for ($i = 0; $i < 1000000; $i++) {
    $x = ($x * 16807) % 2147483647;
    $a[] = $x;
  }
  $s = 0;
  foreach ($a as $v) $s += $v;
  sort($a);
  return $s % 1000007 + $a[0] + $a[499999];
}
ini_set('memory_limit', '512M');
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
