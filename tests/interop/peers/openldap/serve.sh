#!/bin/sh
# serve.sh CONFIGURATION: listens on a socket in the working directory.
set -eu
mkdir data
socket=$(printf '%s/socket' "$PWD" | sed 's|/|%2F|g')
exec /usr/sbin/slapd -f "$1" -h "ldapi://$socket" -d stats
