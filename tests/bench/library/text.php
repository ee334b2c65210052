<?php
// SPDX-License-Identifier: Apache-2.0
// The work of text.fg.

$words = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "seventeen", "horses", "sleep", "in", "stables", "nearby"];
$seed = 42;

function draw($n) {
    global $seed;
    $seed = $seed * 16807 % 2147483647;
    return $seed % $n;
}

function line() {
    global $words;
    $s = $words[draw(16)];
    for ($i = 7 + draw(8); $i > 0; $i--) $s .= " " . $words[draw(16)];
    return $s;
}

function row($name, $rounds, $work) {
    $last = $work();
    $start = hrtime(true);
    for ($i = 0; $i < $rounds; $i++) $last = $work();
    echo $name, "\t", (hrtime(true) - $start) / 1e6, "\t", $rounds, "\t", $last, "\n";
}

function lines($n) {
    for ($i = 0; $i < $n; $i++) $all[] = line();
    return $all;
}

$text = implode("\n", lines(16000));

row("split into words", 30, fn() => count(explode(" ", $text)));
row("split into lines", 200, fn() => count(explode("\n", $text)));
row("replace, common", 60, fn() => strlen(str_replace("the", "each", $text)));
row("replace, one byte", 200, fn() => strlen(str_replace(" ", "_", $text)));
row("replace, rare", 200, fn() => strlen(str_replace("dog while seventeen horses sleep", "x", $text)));
row("replace, absent", 400, fn() => strlen(str_replace("zebra", "x", $text)));
row("upper", 1000, fn() => strlen(strtoupper($text)));

$lines_of_text = explode("\n", $text);
row("join lines", 400, fn() => strlen(implode("\n", $lines_of_text)));
$words_of_text = explode(" ", $text);
row("join words", 60, fn() => strlen(implode(" ", $words_of_text)));
