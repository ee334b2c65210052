#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# stubs.sh [--update]: what build/stubs makes of each schema is what the tree has, or with --update becomes it.
set -eu
cd "$(dirname "$0")/../.."
made=build/stubs.new
failed=0

# SCHEMA, WHERE ITS RESULTS ARE, HOW THE HEADER IS INCLUDED
while read -r schema out include; do
    mkdir -p "$made/$(dirname "$out")"
    cp .clang-format "$made/"
    build/stubs "$schema" "$made/$out" "$include"
    clang-format -i "$made/$out.h" "$made/$out.c"
    for suffix in h c md; do
        if [ "${1:-}" = --update ]; then
            cmp -s "$made/$out.$suffix" "$out.$suffix" || cp "$made/$out.$suffix" "$out.$suffix"
        elif ! diff -u "$out.$suffix" "$made/$out.$suffix"; then
            echo "stubs: $out.$suffix is not what $schema says: make stubs" >&2
            failed=1
        fi
    done
done <<END
tests/ipc/echo.schema tests/ipc/echo echo
tests/ipc/kinds.schema tests/ipc/kinds kinds
END
rm -rf "$made"
[ "$failed" -eq 0 ] && echo "stubs: every schema agrees with its C"
