#!/usr/bin/env bash
# Holds a vendor's twin against the vendor's contract: a whole life goes through Prism, which stands between and answers
# an error to whatever the contract forbids, in a request or in an answer. The lives are in prism/, one for each vendor.
#
#   conformance/prism.sh VENDOR CONTRACT TWIN_URL TOKEN
#
# Needs curl and Prism (`npm install @stoplight/prism-cli@5.14.2`); PRISM names its command if it is not on the path.
# PRISM_LOG names the file that keeps what Prism says, for prism/judge.py.
set -euo pipefail
vendor=$1 contract=$2 twin=$3 token=$4
answer=$(mktemp)
log=${PRISM_LOG:-$(mktemp)}
# What every call has, and what those with a body have besides.
headers=() type=(--header 'Content-Type: application/json')

"${PRISM:-prism}" proxy --errors --host 127.0.0.1 --port 0 "$contract" "$twin" >"$log" 2>&1 &
prism=$!
trap 'kill "$prism"; rm -f "$answer"' EXIT
for _ in $(seq 300); do
    grep --quiet 'Prism is listening' "$log" && break
    kill -0 "$prism"
    sleep 0.1
done
proxy=$(sed -n 's/.*Prism is listening on \([a-z0-9:/.]*\).*/\1/p' "$log")

# call EXPECTED_STATUS METHOD PATH [BODY]: ends the run unless the status is the expected one.
call() {
    local status body=()
    # Without a body there is no type of it; a length of 0 is said all the same, since servers ask for one.
    [ "$2" = GET ] || body=(--header 'Content-Length: 0')
    [ -z "${4:-}" ] || body=("${type[@]}" --data "$4")
    status=$(curl --silent --globoff --output "$answer" --write-out '%{http_code}' --request "$2" "$proxy$3" \
        "${headers[@]}" "${body[@]}") || status=none
    echo "$status $2 $3"
    if [ "$status" != "$1" ]; then
        echo "$vendor: $2 $3 answered $status, expected $1: $(cat "$answer")" >&2
        exit 1
    fi
}

# seed STATE: at the twin itself; the contract knows nothing of it.
seed() { curl --silent --fail --output "$answer" --data "$1" "$twin/__twin/seed"; }

# shellcheck source=/dev/null
source "$(dirname "$0")/prism/$vendor.sh"
echo "$vendor: no violation"
