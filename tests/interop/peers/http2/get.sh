#!/bin/sh
# get.sh PORT: fetches the paths on its standard input, many at once on one connection.
set -eu
sed "s|^|http://127.0.0.1:$1|" >uris
exec h2load --requests="$(wc -l <uris)" --clients=1 --max-concurrent-streams=32 --input-file=uris
