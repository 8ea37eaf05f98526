# Starts a throw-away Redis server on the port $1, prints its process id, and removes everything when standard
# input is closed: however the tests end. Further arguments are options of the server.
set -eu

program=${SIGNET_TEST_REDIS:-redis-server}
command -v "$program" >/dev/null || exit 3

port=$1
shift
dir=$(mktemp -d /tmp/signet-redis-XXXXXX)
trap 'rm -rf "$dir"' EXIT
"$program" --bind 127.0.0.1 --port "$port" --dir "$dir" --save '' --appendonly no "$@" >"$dir/log" 2>&1 </dev/null &
server=$!
trap 'kill -KILL "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
echo "$server"
cat >/dev/null
