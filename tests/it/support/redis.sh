# Starts a throw-away redis-server on the port $1, prints its process id, and removes everything when standard
# input is closed: however the tests end.
set -eu

command -v redis-server >/dev/null || exit 3

dir=$(mktemp -d /tmp/signet-redis-XXXXXX)
trap 'rm -rf "$dir"' EXIT
redis-server --bind 127.0.0.1 --port "$1" --dir "$dir" --save '' --appendonly no >"$dir/log" 2>&1 </dev/null &
server=$!
trap 'kill -KILL "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
echo "$server"
cat >/dev/null
