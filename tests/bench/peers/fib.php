<?php
// SPDX-License-Identifier: Apache-2.0
// Two recursive calls a call: fib(32).
function fib($n) { return $n < 2 ? $n : fib($n - 1) + fib($n - 2); }
$t = hrtime(true);
$r = fib(32);
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
