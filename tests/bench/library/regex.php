<?php
// SPDX-License-Identifier: Apache-2.0
// The work of regex.fg.

ini_set("memory_limit", "-1");
$u = $argv[1] ?? "";
$words = ["the", "quick", "brown", "fox", "jumping", "over", "a", "lazy", "dog", "while", "seventeen", "horses", "sleeping", "in", "stables", "nearby"];
$kinds = ["info", "debug", "warn", "ERROR"];
$seed = 42;

function draw($n) {
    global $seed;
    $seed = $seed * 16807 % 2147483647;
    return $seed % $n;
}

function line() {
    global $words, $kinds;
    $s = (2000 + draw(30)) . "-" . (10 + draw(3)) . "-" . (10 + draw(19)) . " " . $kinds[draw(4)] . " user" . draw(1000) . "@example.com:";
    for ($i = 3 + draw(8); $i > 0; $i--) $s .= " " . $words[draw(16)];
    return $s . " size=" . draw(100000) . " time=" . draw(1000);
}

function row($name, $rounds, $work) {
    $last = $work();
    $start = hrtime(true);
    for ($i = 0; $i < $rounds; $i++) $last = $work();
    echo $name, "\t", (hrtime(true) - $start) / 1e6, "\t", $rounds, "\t", $last, "\n";
}

function found($pattern, $text) {
    preg_match_all($pattern, $text, $m);
    return count($m[0]);
}

function lines($n) {
    for ($i = 0; $i < $n; $i++) $all[] = line();
    return $all;
}

$text = implode("\n", lines(11500));

row("find_all dates", 60, fn() => found('/\d{4}-\d{2}-\d{2}/' . $u, $text));
row("find_all addresses", 30, fn() => found('/[a-z0-9.]+@[a-z0-9.]+\.[a-z]{2,}/' . $u, $text));
row("find_all words", 20, fn() => found('/\b\w+ing\b/' . $u, $text));
row("find_all any case", 60, fn() => found('/(?i)error|warn/' . $u, $text));
row("replace by groups", 20, fn() => strlen(preg_replace('/(\w+)=(\d+)/' . $u, '$2 for $1', $text)));
row("replace blanks", 10, fn() => strlen(preg_replace('/\s+/' . $u, '_', $text)));
row("replace dates", 60, fn() => strlen(preg_replace('/\d{4}-\d{2}-\d{2}/' . $u, 'date', $text)));
row("test, absent", 60, fn() => preg_match('/size=\d+ time=\d{4}/' . $u, $text) ? "true" : "false");
