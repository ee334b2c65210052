<?php
// SPDX-License-Identifier: Apache-2.0
$total = 0;
for ($i = 0; $i < 200000; $i++) $total = $total + 1;
header('Content-Type: application/json');
echo json_encode(['ok' => true, 'work' => $total]);
