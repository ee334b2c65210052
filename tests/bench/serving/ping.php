<?php
// SPDX-License-Identifier: Apache-2.0
header('Content-Type: application/json');
echo json_encode(['ok' => true]);
