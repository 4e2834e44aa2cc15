#!/usr/bin/env bash
# Holds a vendor's twin against the vendor's contract: a whole life goes through Prism, which stands between and names
# whatever the contract forbids, in a request or in an answer. The lives are in prism/, one for each vendor.
#
#   conformance/prism.sh CONTRACT TWIN_URL TOKEN [VENDOR]
#
# The vendor is PagerDuty if none is named. Needs curl and Prism (`npm install @stoplight/prism-cli@5.14.2`); PRISM
# names its command if it is not on the path.
set -euo pipefail
contract=$1 twin=$2 token=$3 vendor=${4:-pagerduty}
port=${PRISM_PORT:-4010}
proxy=http://127.0.0.1:$port
answer=$(mktemp)
headers=()

"${PRISM:-prism}" proxy --errors --host 127.0.0.1 --port "$port" "$contract" "$twin" >/dev/null 2>&1 &
prism=$!
trap 'kill $prism; rm -f "$answer"' EXIT

# begin PATH: waits until Prism answers.
begin() { curl --silent --output "$answer" --retry 60 --retry-delay 1 --retry-connrefused "$proxy$1"; }

# call EXPECTED_STATUS METHOD PATH [BODY]: ends the run unless the status is the expected one.
call() {
    local status
    status=$(curl --silent --globoff --output "$answer" --write-out '%{http_code}' --request "$2" "$proxy$3" \
        --header 'Content-Type: application/json' "${headers[@]}" ${4:+--data "$4"})
    echo "$status $2 $3"
    if [ "$status" != "$1" ]; then
        echo "expected $1: $(cat "$answer")" >&2
        exit 1
    fi
}

# seed STATE: at the twin itself; the contract knows nothing of it.
seed() { curl --silent --fail --output "$answer" --data "$1" "$twin/__twin/seed"; }

# shellcheck source=/dev/null
source "$(dirname "$0")/prism/$vendor.sh"
echo 'no violation'
