<?php
// SPDX-License-Identifier: Apache-2.0
// Reads and writes a JSON document of 8,000 records, five times; the time is that of one.
function build() {
  $list = []; $x = 42;
  for ($i = 1; $i <= 8000; $i++) {
    $x = ($x * 16807) % 2147483647;
    $list[] = ["id" => $i, "name" => "user$i", "email" => "user$i@example.com",
      "score" => $x / 1000, "active" => $x % 2 == 0, "tags" => ["a", "b\n", "c\"q"]];
  }
  return $list;
}
$text = json_encode(build());
$t = hrtime(true);
$n = 0;
for ($i = 0; $i < 5; $i++) {
  $v = json_decode($text, true);
  $n += count($v);
  $s = json_encode($v);
  $n += strlen($s) > 1000 ? 1 : 0;
}
printf("%.3f %d\n", (hrtime(true) - $t) / 1e6 / 5, $n);
