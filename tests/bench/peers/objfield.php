<?php
// SPDX-License-Identifier: Apache-2.0
// Ten million times reads two fields of an object and writes one.
function run() {
  $o = ["x" => 0, "y" => 1, "z" => 2];
  for ($i = 0; $i < 10000000; $i++) $o["x"] = $o["x"] + $o["y"];
  return $o["x"];
}
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
