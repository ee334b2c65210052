<?php
// SPDX-License-Identifier: Apache-2.0
// Ten million calls of a function that counts in a variable it captured.
function counter() {
  $n = 0;
  return function ($d) use (&$n) { $n = $n + $d; return $n; };
}
function run() {
  $f = counter(); $r = 0;
  for ($i = 0; $i < 10000000; $i++) $r = $f(1);
  return $r;
}
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
