#!/bin/sh
# serve.sh DIRECTORY: a new server in DIRECTORY, which listens on a socket there and nowhere else.
set -eu
umask 022
user=$(id -un)
mariadb-install-db --no-defaults --user="$user" --datadir="$1/data" --auth-root-authentication-method=normal \
  --skip-test-db >/dev/null
exec mariadbd --no-defaults --user="$user" --datadir="$1/data" --socket="$1/socket" --skip-networking \
  --skip-grant-tables --max-allowed-packet=64M
