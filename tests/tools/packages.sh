#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# packages.sh GOAL...: installs the Debian packages that the make goals need and that are missing.
#
# apache2-bin instead of apache2: the program and its modules, without a web server that starts on port 80.
set -eu

build="gcc libc6-dev make python3 apache2-bin apache2-dev libunistring-dev libpcre2-dev libcurl4-openssl-dev libwslay-dev libssl-dev libargon2-dev tzdata libidn2-dev libedit-dev"
build="$build libsqlite3-dev libpq-dev"
want="$build"
for goal in "$@"; do
    case "$goal" in
    run)   want="$want curl" ;;
    check) want="$want clang-format libcmocka-dev python3-pytest curl openssl" ;;
    bench) want="$want wrk" ;;
    fuzz)  want="$want clang libclang-rt-14-dev" ;;
    esac
done

missing=""
for package in $want; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "packages.sh: become root and install:$missing" >&2; exit 1; }
    sudo="sudo"
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get -q update
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing
