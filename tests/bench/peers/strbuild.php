<?php
// SPDX-License-Identifier: Apache-2.0
// A text of a million small pieces, built the way the language is good at.
function run() {
  $s = "";
  for ($i = 1; $i <= 1000000; $i++) $s .= "item" . $i . ";";
  return strlen($s);
}
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
