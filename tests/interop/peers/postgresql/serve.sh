#!/bin/sh
# serve.sh DIRECTORY: a new database cluster in DIRECTORY/pg, which listens on a socket there and nowhere else.
set -eu
bin=$(dirname "$(find /usr/lib/postgresql -path '*/bin/initdb' | sort -V | tail -n 1)")
as=
if [ "$(id -u)" -eq 0 ]; then # as root it does not run
  as="setpriv --reuid=postgres --regid=postgres --clear-groups"
  install -d -o postgres -g postgres "$1/pg"
fi
# shellcheck disable=SC2086
$as "$bin/initdb" --pgdata="$1/pg" --username=postgres --auth=trust --no-sync --locale=C --encoding=UTF8 >/dev/null
# shellcheck disable=SC2086
exec $as "$bin/postgres" -D "$1/pg" -c listen_addresses= -c unix_socket_directories="$1/pg" -c fsync=off
