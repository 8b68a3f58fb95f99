#!/bin/sh
# Three hosts over one Redis behind nginx, to try by hand: kill any host, and whoever is connected goes on at another.
#
#   cargo xtask build --release
#   apt-get install redis-server nginx
#   crates/host/examples/three-hosts/run.sh
#
# Then open http://127.0.0.1:8080 in two tabs. Ctrl-C ends all of it. Everything is in a temporary folder and listens on 127.0.0.1.
# COLLOQ_STORE names another store, COLLOQ_BIN another binary.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
binary=${COLLOQ_BIN:-$here/../../../../target/release/colloq}
folder=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null; wait; rm -rf "$folder"' EXIT
trap 'exit 0' INT TERM

if [ -z "${COLLOQ_STORE:-}" ]; then
  # What was acknowledged is on disk.
  redis-server --bind 127.0.0.1 --port 7390 --dir "$folder" --save '' --appendonly yes --appendfsync always >"$folder/redis.log" &
  pids="$pids $!"
  export COLLOQ_STORE=redis://127.0.0.1:7390
  until redis-cli -p 7390 ping >/dev/null 2>&1; do sleep 0.1; done
fi

for port in 8781 8782 8783; do
  # The page comes from nginx, so its origin is allowed.
  "$binary" serve --listen "127.0.0.1:$port" --allow-origin http://127.0.0.1:8080 >"$folder/host-$port.log" 2>&1 &
  pids="$pids $!"
  echo "host on $port: pid $!"
done

nginx -p "$folder" -c "$here/nginx.conf" -e "$folder/nginx-error.log" &
pids="$pids $!"
echo "open http://127.0.0.1:8080 (logs are in $folder)"
wait
