# Starts two throw-away PostgreSQL servers, the second a replica of the first, and prints their ports. Reads commands:
# `kill` ends the first server without a farewell, `restart` starts it again, `promote` makes the second one a primary, and
# each is answered with `done`. Removes everything when standard input is closed.
set -eu

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH="$PATH${programs:+:$programs}"
command -v initdb >/dev/null && command -v pg_basebackup >/dev/null || exit 3

dir=$(mktemp -d /tmp/signet-replication-XXXXXX)
as=""
if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root.
    chown postgres "$dir"
    as="setpriv --reuid=postgres --regid=postgres --init-groups"
fi
stop() {
    kill -QUIT $servers 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$dir"
}
servers=""
trap stop EXIT

cd "$dir"
start() {
    $as postgres -D "$dir/$1" -k "$dir" -p "$2" -c listen_addresses=127.0.0.1 -c fsync=off -c wal_level=replica \
        -c wal_receiver_status_interval=1s >>"$dir/log" 2>&1 </dev/null &
    servers="$servers $!"
    tries=0
    until pg_isready -q -h "$dir" -p "$2"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ]; then cat "$dir/log" >&2; exit 1; fi
        sleep 0.1
    done
}
$as initdb --pgdata="$dir/first" --username=signet --auth=trust --encoding=UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || {
    cat "$dir/log" >&2
    exit 1
}
start first "$1"
first=$!
createdb -h "$dir" -p "$1" -U signet signet
$as pg_basebackup -h "$dir" -p "$1" -U signet -D "$dir/second" --checkpoint=fast --no-sync --write-recovery-conf \
    --wal-method=stream >>"$dir/log" 2>&1
start second "$2"
echo ready
while read -r command; do
    case $command in
    kill)
        kill -KILL $(cat "$dir/first/postmaster.pid" | head -n 1)
        # The children notice within moments that their parent is gone.
        wait "$first" 2>/dev/null || true
        ;;
    restart) start first "$1" ;;
    promote) $as pg_ctl promote -D "$dir/second" -w >>"$dir/log" 2>&1 ;;
    esac
    echo "done"
done
