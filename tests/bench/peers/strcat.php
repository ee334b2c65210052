<?php
// SPDX-License-Identifier: Apache-2.0
// A text that grows by two letters twenty thousand times.
function run() {
  $s = "";
  for ($i = 1; $i <= 20000; $i++) $s = $s . "ab";
  return strlen($s);
}
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
