# Starts a throw-away PostgreSQL on a socket in a new folder, prints the folder's name when it
# answers, and removes everything when standard input is closed: however the tests end. Arguments are options of
# `postgres`.
set -eu

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH="$PATH${programs:+:$programs}"
command -v initdb >/dev/null && command -v postgres >/dev/null || exit 3

dir=$(mktemp -d /tmp/signet-postgres-XXXXXX)
trap 'rm -rf "$dir"' EXIT
as=""
if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root.
    chown postgres "$dir"
    as="setpriv --reuid=postgres --regid=postgres --init-groups"
fi

cd "$dir"
$as initdb --pgdata="$dir/data" --username=signet --auth=trust --encoding=UTF8 --locale=C \
    --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
# Of this role the password counts; every other one comes in without.
hba=$(cat "$dir/data/pg_hba.conf")
printf 'local all signet_scram scram-sha-256\n%s\n' "$hba" >"$dir/data/pg_hba.conf"
$as postgres -D "$dir/data" -k "$dir" -c listen_addresses='' -c fsync=off -c max_connections=400 \
    -c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.max=10000 "$@" \
    >>"$dir/log" 2>&1 </dev/null &
server=$!
trap 'kill -INT "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT

tries=0
until pg_isready -q -h "$dir"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$server"; then cat "$dir/log" >&2; exit 1; fi
    sleep 0.1
done
echo "$dir"
cat >/dev/null
