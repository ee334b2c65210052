<?php
// SPDX-License-Identifier: Apache-2.0
// The work of sort.fg.  Sorting strings as strings is the faster way here.

ini_set("memory_limit", "-1");
$letters = "abcdefghijklmnopqrstuvwxyz";
$seed = 42;

function draw($n) {
    global $seed;
    $seed = $seed * 16807 % 2147483647;
    return $seed % $n;
}

function word() {
    global $letters;
    $s = $letters[draw(26)];
    for ($i = draw(12); $i > 0; $i--) $s .= $letters[draw(26)];
    return $s;
}

function row($name, $rounds, $work) {
    $start = hrtime(true);
    for ($i = 0; $i < $rounds; $i++) $last = $work();
    echo $name, "\t", (hrtime(true) - $start) / 1e6, "\t", $rounds, "\t", $last, "\n";
}

function sorted($list, $flags) {
    sort($list, $flags);
    return $list[500000];
}

$numbers = [];
for ($i = 0; $i < 1000000; $i++) $numbers[] = draw(2147483647);
$words = [];
for ($i = 0; $i < 1000000; $i++) $words[] = word();

row("sort 10^6 ints", 2, fn() => sorted($numbers, SORT_REGULAR));
row("sort 10^6 strings", 1, fn() => sorted($words, SORT_STRING));
