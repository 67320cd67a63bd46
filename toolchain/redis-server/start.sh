#!/bin/sh
# Redis from the packages unpacked beside this script, without root and without a trace in the system; the arguments
# are redis-server's own.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/root
for libraries in "$root"/usr/lib/*-linux-gnu; do export LD_LIBRARY_PATH="$libraries"; done
exec "$root/usr/bin/redis-server" "$@"
