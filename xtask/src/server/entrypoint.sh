#!/bin/bash
# Makes the cluster on the first start, then becomes the server. It understands the variables of the official
# PostgreSQL image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each also as …_FILE), POSTGRES_INITDB_ARGS,
# POSTGRES_HOST_AUTH_METHOD, PGDATA, and files *.sql and *.sh in /docker-entrypoint-initdb.d.
set -euo pipefail

[[ "${1:-}" == -* || $# -eq 0 ]] && set -- postgres "$@"
[[ "$1" == postgres ]] || exec "$@"

if [[ $(id -u) == 0 ]]; then
    install -d -m 0700 -o postgres -g postgres "$PGDATA"
    install -d -m 0775 -o postgres -g postgres /var/run/postgresql
    find "$PGDATA" \! -user postgres -exec chown postgres:postgres {} +
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

for name in POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB; do
    file="${name}_FILE"
    [[ -z "${!file:-}" ]] || export "$name=$(<"${!file}")"
done
user="${POSTGRES_USER:-postgres}"
database="${POSTGRES_DB:-$user}"
method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"

if [[ ! -s "$PGDATA/PG_VERSION" ]]; then
    if [[ -z "${POSTGRES_PASSWORD:-}" && "$method" != trust ]]; then
        echo 'error: POSTGRES_PASSWORD is not set' >&2
        exit 1
    fi
    # shellcheck disable=SC2086 # the arguments are to be split
    initdb --username="$user" --pwfile=<(echo "${POSTGRES_PASSWORD:-}") ${POSTGRES_INITDB_ARGS:-}
    echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"

    # As in the official image, this first server listens on its socket only.
    shopt -s nullglob
    scripts=(/docker-entrypoint-initdb.d/*.{sh,sql})
    if [[ "$database" != postgres || ${#scripts[@]} -gt 0 ]]; then
        pg_ctl --silent --wait --options="$(printf '%q ' "${@:2}") -c listen_addresses=''" start
        query=(psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$user")
        if [[ "$database" != postgres ]]; then
            "${query[@]}" --dbname=postgres --set=database="$database" <<<'CREATE DATABASE :"database"'
        fi
        for script in "${scripts[@]}"; do
            case "$script" in
                *.sql) "${query[@]}" --dbname="$database" --file="$script" ;;
                *.sh) . "$script" ;;
            esac
        done
        pg_ctl --silent --wait --mode=fast stop
    fi
fi
unset POSTGRES_PASSWORD
exec "$@"
