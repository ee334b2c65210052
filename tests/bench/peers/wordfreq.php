<?php
// SPDX-License-Identifier: Apache-2.0
// Counts the words of a text of half a million and sorts them by how often they occur.
function text() {
  $w = []; $x = 42;
  for ($i = 0; $i < 500000; $i++) {
    $x = ($x * 16807) % 2147483647;
    $w[] = "w" . ($x % 5000);
  }
  return implode(" ", $w);
}
ini_set('memory_limit', '512M');
$src = text();
function run($src) {
  $n = [];
  foreach (explode(" ", $src) as $w) $n[$w] = ($n[$w] ?? 0) + 1;
  $keys = array_keys($n);
  usort($keys, fn($a, $b) => $n[$a] !== $n[$b] ? $n[$b] <=> $n[$a] : strcmp($a, $b));
  return count($keys) * 1000 + $n[$keys[0]];
}
$t = hrtime(true);
$r = run($src);
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6, $r);
