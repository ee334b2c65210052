<?php
// SPDX-License-Identifier: Apache-2.0
// Is compiled code kept?
$status = opcache_get_status(false);
echo json_encode($status['opcache_enabled']);
