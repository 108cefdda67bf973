#!/usr/bin/env bash
# Starts the system in the background, waits until it is ready, and prints its address.
#
#   ./start-system.sh           start; builds the program first if necessary
#   ./start-system.sh stop      stop the system on the same data, and wait until it has stopped
#   ./start-system.sh status    exit with 0 if it runs, else with 1
#
# BOXOFFICE_DATA (./data) is the data folder, BOXOFFICE_LISTEN (127.0.0.1:8080) the address; all settings of
# docs/settings.md apply. BINARY names an existing program, which is then not built.
set -euo pipefail
cd "$(dirname "$0")"

data=${BOXOFFICE_DATA:-data}
export BOXOFFICE_DATA=$data
timeout=60

# Reads a field of the lock file: the process that has the data folder, and its address.
locked() {
    grep -o "\"$1\":\"\{0,1\}[^,}\"]*" "$data/lock" 2>/dev/null | sed 's/^"[a-z]*":"\{0,1\}//' || true
}

# The process that has the data folder; empty if it has ended, even if another process has its id now.
running() {
    local pid
    pid=$(locked pid)
    if [ -n "$pid" ] && ps -p "$pid" -o args= 2>/dev/null | grep -q 'boxoffice.* serve'; then
        echo "$pid"
    fi
}

is_ready() {
    local address
    address=$(locked address)
    [ -n "$address" ] && curl -fsS -m 2 -o /dev/null "http://$address/health/ready" 2>/dev/null
}

stop() {
    local pid
    pid=$(running)
    if [ -z "$pid" ]; then
        echo "Nothing runs on $data."
        return
    fi
    kill -TERM "$pid"
    for _ in $(seq $((timeout * 5))); do
        if [ -z "$(running)" ]; then
            echo "Stopped."
            return
        fi
        sleep 0.2
    done
    echo "Process $pid does not end: see $data/system.log" >&2
    exit 1
}

start() {
    local pid
    if [ -n "$(running)" ]; then
        echo "It runs already, at http://$(locked address), on $data."
        return
    fi
    if [ -z "${BINARY:-}" ]; then
        cargo build --release --locked
        BINARY=target/release/boxoffice
    fi
    # The folder contains e-mails and keys, and the output of the program contains a token of the demo customer.
    (umask 077 && mkdir -p "$data" && : >"$data/system.out")
    nohup "$BINARY" serve >"$data/system.out" 2>"$data/system.log" </dev/null &
    pid=$!
    for _ in $(seq $((timeout * 5))); do
        if [ "$(running)" = "$pid" ] && is_ready; then
            cat "$data/system.out"
            echo
            echo "It runs in the background as process $pid. Its log is $data/system.log."
            echo "./test-api.sh tries the API, ./start-system.sh stop ends it."
            return
        fi
        if ! kill -0 "$pid" 2>/dev/null; then
            echo "It does not start:" >&2
            tail -n 20 "$data/system.log" >&2
            exit 1
        fi
        sleep 0.2
    done
    kill -TERM "$pid"
    echo "It is not ready after $timeout s: see $data/system.log" >&2
    exit 1
}

case "${1:-start}" in
    start) start ;;
    stop) stop ;;
    status)
        if [ -n "$(running)" ] && is_ready; then
            echo "It runs at http://$(locked address), on $data."
        else
            echo "Nothing runs on $data."
            exit 1
        fi
        ;;
    *)
        echo "usage: $0 [start|stop|status]" >&2
        exit 2
        ;;
esac
