#!/bin/sh
# PostgreSQL from the packages unpacked beside this script, without root and without a trace in the system. It does
# not run as root at all; its folder may lie anywhere.
#
#   PGDATA       all it keeps, its socket too; made at the first start, with the superuser "trace" and the password
#                in PGPASSWORD
#   PGPORT       on 127.0.0.1
#   PGPASSWORD   counts at the first start
#
# More arguments are the server's own (`-c fsync=off`). The process is the server itself: SIGINT stops it in order,
# SIGKILL kills it.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/root
libraries=
for folder in "$root"/lib/*-linux-gnu "$root"/usr/lib/*-linux-gnu; do
  if [ -d "$folder" ]; then libraries="$libraries${libraries:+:}$folder"; fi
done
export LD_LIBRARY_PATH="$libraries"
for programs in "$root"/usr/lib/postgresql/*/bin; do :; done

if [ "${1-}" = --version ]; then exec "$programs/postgres" --version; fi

: "${PGDATA:?the folder for all that PostgreSQL keeps}"
: "${PGPORT:?the port on 127.0.0.1}"
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  : "${PGPASSWORD:?the password of the superuser}"
  mkdir -p "$PGDATA"
  password=$PGDATA.password
  (umask 077 && printf '%s\n' "$PGPASSWORD" >"$password")
  "$programs/initdb" --pgdata="$PGDATA" --username=trace --pwfile="$password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync >/dev/null
  rm "$password"
fi
# The JIT compiler would load LLVM, which is as large as all the rest and not there.
exec "$programs/postgres" -c jit=off -D "$PGDATA" -h 127.0.0.1 -p "$PGPORT" -k "$PGDATA" "$@"
