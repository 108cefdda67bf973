#!/usr/bin/env bash
# Tests the API of a running system: health, a user, an event, a booking and its notification.
#
#   ./test-api.sh               the system on ./data, or on the data folder BOXOFFICE_DATA
#   ./test-api.sh 3000          the system at this local port
#   ./test-api.sh HOST:PORT     the system at another address; the client's secret is read from the data folder
#
# Exits with 0 if every response is as expected, else with 1 at the first unexpected one. It can be run repeatedly.
set -euo pipefail
cd "$(dirname "$0")"

data=${BOXOFFICE_DATA:-data}

# The first value of a name in a JSON text.
value() {
    grep -o "\"$1\": \{0,1\}\"\{0,1\}[^,}\"]*" | head -n 1 | sed 's/^"[^"]*": \{0,1\}"\{0,1\}//'
}

case "${1:-}" in
    "") address=$({ value address <"$data/lock"; } 2>/dev/null || true) ;;
    *:*) address=$1 ;;
    *) address=127.0.0.1:$1 ;;
esac
if [ -z "$address" ] || [ "$address" = null ] || [ ! -r "$data/identity/client.json" ]; then
    echo "Nothing runs on $data: ./start-system.sh starts it, BOXOFFICE_DATA names other data." >&2
    exit 1
fi
base=http://$address
status=
body=
token=

# send METHOD PATH [BODY]: sets status and body.
send() {
    local answer headers=(-H "Content-Type: application/json")
    [ -z "$token" ] || headers+=(-H @-)
    answer=$(printf 'Authorization: Bearer %s' "$token" |
        curl -sS -m 20 -X "$1" "${headers[@]}" ${3:+-d "$3"} -w '\n%{http_code}' "$base$2") || answer=$'\n000'
    status=${answer##*$'\n'}
    body=${answer%$'\n'*}
}

# expect DESCRIPTION STATUS [TEXT..]: the last response has this status, and its body contains these texts.
expect() {
    local description=$1 expected=$2 text
    shift 2
    if [ "$status" != "$expected" ]; then
        printf 'FAILED  %s: expected status %s, got %s\n%s\n' "$description" "$expected" "$status" "$body" >&2
        exit 1
    fi
    for text in "$@"; do
        if [[ $body != *"$text"* ]]; then
            printf 'FAILED  %s: expected %s in\n%s\n' "$description" "$text" "$body" >&2
            exit 1
        fi
    done
    printf 'ok      %s\n' "$description"
}

# await PATH TEXT: repeats the request until the body contains the text, for at most ten seconds.
await() {
    for _ in $(seq 50); do
        send GET "$1"
        [[ $body != *"$2"* ]] || return 0
        sleep 0.2
    done
}

# The form is sent through a pipe, so that process lists do not show the secret.
login() {
    printf 'grant_type=client_credentials&scope=operator&client_id=%s&client_secret=%s' \
        "$(value client_id <"$data/identity/client.json")" "$(value client_secret <"$data/identity/client.json")" |
        curl -sS -m 20 -d @- "$base/oauth2/token" | value access_token
}

unique=$(date +%s)-$$
year=$(($(date +%Y) + 1))

for path in /health/all /api/health /api/health/gateway; do
    send GET "$path"
    expect "health at $path" 200
done

send GET /api/users
expect "a request without a token is refused" 401
token=$(login || true)
if [ -z "$token" ]; then
    echo "FAILED  no token for the client of $data" >&2
    exit 1
fi

person="{\"name\": \"John Doe\", \"email\": \"john-$unique@example.com\"}"
send POST /api/users "$person"
expect "create a user" 201 "\"email\":\"john-$unique@example.com\""
user=$(value id <<<"$body")
send POST /api/users "$person"
expect "an address belongs to one user" 409
send GET "/api/users/$user"
expect "read the user" 200 '"name":"John Doe"'

send POST /api/events "{\"title\": \"Tech Conference $year\", \"description\": \"Annual technology conference\",
    \"total_seats\": 100, \"event_date\": \"$year-08-15T09:00:00Z\"}"
expect "create an event" 201 '"total_seats":100' '"available_seats":100'
event=$(value id <<<"$body")
send POST /api/events '{"title": "Too late", "total_seats": 1, "event_date": "2020-08-15T09:00:00Z"}'
expect "an event is not in the past" 400 event_date

send POST /api/bookings "{\"user_id\": $user, \"event_id\": $event, \"seats_booked\": 2}"
expect "create a booking" 201 '"booking_status":"confirmed"' '"seats_booked":2'
booking=$(value id <<<"$body")
send GET "/api/events/$event"
expect "two seats fewer are available" 200 '"available_seats":98'
send GET "/api/bookings/$booking"
expect "read the booking" 200 '"booking_status":"confirmed"'
send GET "/api/bookings/user/$user"
expect "list the bookings of the user" 200 "$booking"
await "/api/notifications/booking/$booking" "\"booking_id\":\"$booking\""
expect "list the notifications about the booking" 200 "\"booking_id\":\"$booking\""
send POST /api/bookings "{\"user_id\": $user, \"event_id\": $event, \"seats_booked\": 99}"
expect "more seats than available are refused" 409
send POST /api/bookings "{\"user_id\": 999999999, \"event_id\": $event, \"seats_booked\": 1}"
expect "an unknown user is refused" 404
send GET "/api/events/$event"
expect "refused bookings take no seats" 200 '"available_seats":98'

echo "All is as expected."
