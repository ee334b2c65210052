#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# packages.sh GOAL...: installs the Debian packages that the make goals need and that are missing.
#
# The -dev packages of libcurl, libpq and libmariadb bring the libraries, too, which are loaded when a program needs them.
# apache2-bin instead of apache2: the program and its modules, without a web server that starts on port 80; so also
# mariadb-server-core, and PostgreSQL is told not to begin a cluster of its own.  PHP's module would like apache2, too, and
# does without it because nothing recommended is installed.
set -eu

build="gcc libc6-dev make python3 apache2-bin apache2-dev libunistring-dev libpcre2-dev libcurl4-openssl-dev libwslay-dev libssl-dev libargon2-dev tzdata libidn2-dev libedit-dev"
build="$build libsqlite3-dev libpq-dev libmariadb-dev libmpack-dev liblmdb-dev"
want="$build"
for goal in "$@"; do
    case "$goal" in
    run)   want="$want curl" ;;
    check)
        want="$want clang-format libjansson-dev libcmocka-dev python3-pytest curl openssl valgrind"
        want="$want postgresql mariadb-server-core mariadb-client-core" ;;
    bench)
        want="$want valgrind wrk lua5.4 luajit lua-cjson lua-socket nodejs"
        want="$want php8.2-cli php8.2-opcache libapache2-mod-php8.2" ;;
    instructions) want="$want valgrind" ;;
    fuzz)  want="$want clang libclang-rt-14-dev libjansson-dev" ;;
    valgrind) want="$want valgrind openssl" ;;
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
install() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"; }
$sudo apt-get -q update
case "$missing" in
*postgresql*)
    install postgresql-common
    $sudo sed -i 's/^#create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf ;;
esac
# shellcheck disable=SC2086
install $missing
