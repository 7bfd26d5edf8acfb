# Prints when pg_dump began and ended, in seconds: what starts this shell, such as `docker exec`, is not counted. Without PGHOST it goes
# by this machine's own address, for which the server wants a password, as it does from the outside.
set -euo pipefail
export LC_ALL=C PGHOST="${PGHOST:-$(getent hosts "$HOSTNAME" | cut -d ' ' -f 1)}"
began=$EPOCHREALTIME
pg_dump --schema-only --file=/dev/null
echo "$began $EPOCHREALTIME"
