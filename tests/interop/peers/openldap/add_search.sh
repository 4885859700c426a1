#!/bin/sh
# add_search.sh PORT: adds the entries on its standard input, then prints their descriptions in order.
set -eu
as="-x -H ldap://127.0.0.1:$1 -D cn=root,dc=interop -w secret"
# shellcheck disable=SC2086
ldapadd $as >/dev/null
# shellcheck disable=SC2086
ldapsearch $as -LLL -o ldif-wrap=no -b dc=interop '(objectClass=device)' description | grep '^description'
