<?php
// SPDX-License-Identifier: Apache-2.0
// Ten million calls of a method that counts.
class Counter {
  public $n = 0;
  function inc($d) { $this->n = $this->n + $d; }
}
function run() {
  $c = new Counter();
  for ($i = 0; $i < 10000000; $i++) $c->inc(1);
  return $c->n;
}
$t = hrtime(true);
$r = run();
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
