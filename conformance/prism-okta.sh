#!/usr/bin/env bash
# Holds the Okta twin against the vendor's contract: a whole life goes through Prism, which stands between and names
# whatever the contract forbids, in a request or in an answer.
#
#   conformance/prism-okta.sh CONTRACT TWIN_URL TOKEN
#
# Needs curl and Prism (`npm install @stoplight/prism-cli@5.14.2`); PRISM names its command if it is not on the path.
set -euo pipefail
contract=$1 twin=$2 token=$3
port=${PRISM_PORT:-4010}
proxy=http://127.0.0.1:$port/api/v1
answer=$(mktemp)

"${PRISM:-prism}" proxy --errors --host 127.0.0.1 --port "$port" "$contract" "$twin" >/dev/null 2>&1 &
prism=$!
trap 'kill $prism; rm -f "$answer"' EXIT
curl --silent --output "$answer" --retry 60 --retry-delay 1 --retry-connrefused "$proxy/users"

# call EXPECTED_STATUS METHOD PATH [BODY]: ends the run unless the status is the expected one.
call() {
    local status type=(--header 'Content-Type: application/json')
    [ -n "${4:-}" ] || type=(--header 'Content-Type:')
    status=$(curl --silent --globoff --output "$answer" --write-out '%{http_code}' --request "$2" "$proxy$3" \
        --header 'Accept: application/json' --header "Authorization: SSWS $token" "${type[@]}" \
        $([ "$2" = GET ] || echo --data) ${4+"$4"} $([ "$2" = GET ] || [ -n "${4:-}" ] || echo '@/dev/null'))
    echo "$status $2 $3"
    if [ "$status" != "$1" ]; then
        echo "expected $1: $(cat "$answer")" >&2
        exit 1
    fi
}

# The id of what the last call made: the first in its answer.
made() { sed 's/[^{]*{"id":"\([^"]*\)".*/\1/' "$answer"; }

# seed STATE: at the twin itself; the contract knows nothing of it.
seed() { curl --silent --fail --output "$answer" --data "$1" "$twin/__twin/seed"; }

seed '{"per_minute":10000,"custom_roles":[{"label":"Helper","description":"helps"}],
    "attributes":[{"name":"badge","type":"string"},{"name":"skills","type":"array"},
        {"name":"size","type":"string","enum":["S","L"]}]}'
custom=$(sed 's/.*"custom_roles":\["\([^"]*\)".*/\1/' "$answer")
login=life-$$@x.example
names='"firstName":"Ann","lastName":"Example"'
for list in users groups groups/rules iam/roles iam/assignees/users meta/types/user meta/schemas/user/default; do
    call 200 GET "/$list"
done
call 200 POST /groups '{"profile":{"name":"Ops-'$$'","description":"on call"}}'
group=$(made)
call 400 POST /groups '{"profile":{"name":"Ops-'$$'"}}'
call 200 GET "/groups/$group"
call 200 GET '/groups?q=Ops&limit=10'
call 200 GET '/groups?filter=type%20eq%20%22OKTA_GROUP%22'
call 200 GET '/groups?search=profile.name%20sw%20%22Ops%22&expand=stats'
call 200 POST '/users?activate=false' '{"profile":{"login":"'$login'","email":"'$login'",'$names'},"groupIds":["'$group'"]}'
user=$(made)
call 400 POST /users '{"profile":{"login":"'$login'","email":"'$login'",'$names'}}'
call 200 GET "/users/$user"
call 200 GET "/users/$login"
call 200 GET "/users/$user/groups"
call 200 GET "/users?filter=profile.login%20eq%20%22$login%22"
call 200 GET '/users?search=status%20eq%20%22STAGED%22&sortBy=created&sortOrder=desc'
call 200 GET '/users?q=Ann&limit=5'
call 400 GET '/users?filter=x&q=y'
call 200 POST "/users/$user/lifecycle/activate?sendEmail=false"
call 403 POST "/users/$user/lifecycle/activate"
call 200 POST "/users/$user/lifecycle/reactivate"
call 400 POST "/users/$user/lifecycle/suspend"
call 200 POST "/users/$user" '{"profile":{"title":"SRE","mobilePhone":null,"badge":"7","skills":["a"],"size":"S"}}'
call 400 POST "/users/$user" '{"profile":{"locale":"english"}}'
call 200 PUT "/users/$user?strict=false" '{"profile":{"login":"'$login'","email":"'$login'",'$names'}}'
call 200 POST "/users/$user" '{"credentials":{"password":{"value":"Aa345678"}}}'
call 200 POST "/users/$user/lifecycle/deactivate?sendEmail=false"
call 404 POST "/users/$user" '{"profile":{"title":"SRE"}}'
call 200 POST "/users/$user/lifecycle/activate?sendEmail=true"
seed '{"transition_ms":600000,"users":[{"profile":{"login":"active-'$$'@x.example","email":"active@x.example",'$names'}}]}'
active=$(sed 's/.*"users":\["\([^"]*\)".*/\1/' "$answer")
call 200 POST "/users/$active/lifecycle/suspend"
call 200 POST "/users/$active/lifecycle/unsuspend"
call 403 POST "/users/$active/lifecycle/unlock"
call 204 DELETE "/users/$active/sessions?oauthTokens=true"
call 200 POST /users '{"profile":{"login":"new-'$$'@x.example","email":"new@x.example",'$names'}}'
call 200 GET "/users/new-$$@x.example"
for role in HELP_DESK_ADMIN WORKFLOWS_ADMIN SUPER_ADMIN; do
    call 201 POST "/users/$user/roles" '{"type":"'$role'"}'
done
role=$(made)
call 200 GET "/users/$user/roles"
call 200 GET "/users/$user/roles/$role"
call 204 DELETE "/users/$user/roles/$role"
call 404 DELETE "/users/$user/roles/$role"
call 201 POST "/users/$user/roles" '{"type":"CUSTOM","role":"'$custom'","resource-set":"iam1"}'
call 200 POST "/groups/$group/roles?disableNotifications=true" '{"type":"REPORT_ADMIN"}'
role=$(made)
call 200 GET "/groups/$group/roles"
call 204 DELETE "/groups/$group/roles/$role"
call 200 GET /iam/assignees/users
call 200 GET /iam/roles
call 200 GET /meta/schemas/user/default
call 204 PUT "/groups/$group/users/$active"
call 204 PUT "/groups/$group/users/$active"
call 200 GET "/groups/$group/users?limit=1"
call 204 DELETE "/groups/$group/users/$active"
call 404 PUT "/groups/$group/users/00unone"
call 200 PUT "/groups/$group" '{"profile":{"name":"Operations-'$$'"}}'
rule='"conditions":{"expression":{"value":"true","type":"urn:okta:expression:1.0"}}'
rule=$rule',"actions":{"assignUserToGroups":{"groupIds":["'$group'"]}}'
call 200 POST /groups/rules '{"type":"group_rule","name":"All",'$rule'}'
made=$(made)
call 200 GET "/groups/rules/$made?expand=groupIdToGroupNameMap"
call 200 PUT "/groups/rules/$made" '{"type":"group_rule","name":"Everybody",'$rule'}'
call 204 POST "/groups/rules/$made/lifecycle/activate"
call 204 POST "/groups/rules/$made/lifecycle/deactivate"
call 200 GET '/groups/rules?search=every&limit=10'
call 202 DELETE "/groups/rules/$made?removeUsers=false"
call 204 DELETE "/groups/$group"
call 404 GET "/groups/$group"
call 204 DELETE "/users/$active?sendEmail=false"
call 200 GET "/users/$active"
call 204 DELETE "/users/$active"
call 404 GET "/users/$active"
seed '{"concurrency_refusals":1}'
call 429 GET /users
echo 'no violation'
