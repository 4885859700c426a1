#!/bin/sh
# subscribe_publish.sh PORT COUNT: subscribes, publishes the lines of its standard input, and prints the COUNT
# messages that come of it. The session outlives the first connection, so none is missed.
set -eu
at="-h 127.0.0.1 -p $1 -V mqttv5 -q 1 -t interop"
session="-c -x 600 -i subscriber"
# shellcheck disable=SC2086
mosquitto_sub $at $session -E
# shellcheck disable=SC2086
mosquitto_pub $at -l
# shellcheck disable=SC2086
mosquitto_sub $at $session -C "$2"
