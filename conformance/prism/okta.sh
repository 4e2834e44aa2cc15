# The life of an Okta org; sourced by ../prism.sh.
headers=(--header "Authorization: SSWS $token" --header 'Accept: application/json')

# The id of what the last call made: the first in its answer.
made() { sed 's/[^{]*{"id":"\([^"]*\)".*/\1/' "$answer"; }

seed '{"per_minute":10000,"custom_roles":[{"label":"Helper","description":"helps"}],
    "attributes":[{"name":"badge","type":"string"},{"name":"skills","type":"array"},
        {"name":"size","type":"string","enum":["S","L"]}]}'
custom=$(sed 's/.*"custom_roles":\["\([^"]*\)".*/\1/' "$answer")
login=life-$$@x.example
names='"firstName":"Ann","lastName":"Example"'
for list in users groups groups/rules iam/roles iam/assignees/users meta/types/user meta/schemas/user/default; do
    call 200 GET "/api/v1/$list"
done
call 200 POST /api/v1/groups '{"profile":{"name":"Ops-'$$'","description":"on call"}}'
group=$(made)
call 400 POST /api/v1/groups '{"profile":{"name":"Ops-'$$'"}}'
call 200 GET "/api/v1/groups/$group"
call 200 GET '/api/v1/groups?q=Ops&limit=10'
call 200 GET '/api/v1/groups?filter=type%20eq%20%22OKTA_GROUP%22'
call 200 GET '/api/v1/groups?search=profile.name%20sw%20%22Ops%22&expand=stats'
call 200 POST '/api/v1/users?activate=false' '{"profile":{"login":"'$login'","email":"'$login'",'$names'},"groupIds":["'$group'"]}'
user=$(made)
call 400 POST /api/v1/users '{"profile":{"login":"'$login'","email":"'$login'",'$names'}}'
call 200 GET "/api/v1/users/$user"
call 200 GET "/api/v1/users/$login"
call 200 GET "/api/v1/users/$user/groups"
call 200 GET "/api/v1/users?filter=profile.login%20eq%20%22$login%22"
call 200 GET '/api/v1/users?search=status%20eq%20%22STAGED%22&sortBy=created&sortOrder=desc'
call 200 GET '/api/v1/users?q=Ann&limit=5'
call 400 GET '/api/v1/users?filter=x&q=y'
call 200 POST "/api/v1/users/$user/lifecycle/activate?sendEmail=false"
call 403 POST "/api/v1/users/$user/lifecycle/activate"
call 200 POST "/api/v1/users/$user/lifecycle/reactivate"
call 400 POST "/api/v1/users/$user/lifecycle/suspend"
call 200 POST "/api/v1/users/$user" '{"profile":{"title":"SRE","mobilePhone":null,"badge":"7","skills":["a"],"size":"S"}}'
call 400 POST "/api/v1/users/$user" '{"profile":{"locale":"english"}}'
call 200 PUT "/api/v1/users/$user?strict=false" '{"profile":{"login":"'$login'","email":"'$login'",'$names'}}'
call 200 POST "/api/v1/users/$user" '{"credentials":{"password":{"value":"Aa345678"}}}'
call 200 POST "/api/v1/users/$user/lifecycle/deactivate?sendEmail=false"
call 404 POST "/api/v1/users/$user" '{"profile":{"title":"SRE"}}'
call 200 POST "/api/v1/users/$user/lifecycle/activate?sendEmail=true"
seed '{"transition_ms":600000,"users":[{"profile":{"login":"active-'$$'@x.example","email":"active@x.example",'$names'}}]}'
active=$(sed 's/.*"users":\["\([^"]*\)".*/\1/' "$answer")
call 200 POST "/api/v1/users/$active/lifecycle/suspend"
call 200 POST "/api/v1/users/$active/lifecycle/unsuspend"
call 403 POST "/api/v1/users/$active/lifecycle/unlock"
call 204 DELETE "/api/v1/users/$active/sessions?oauthTokens=true"
call 200 POST /api/v1/users '{"profile":{"login":"new-'$$'@x.example","email":"new@x.example",'$names'}}'
call 200 GET "/api/v1/users/new-$$@x.example"
for role in HELP_DESK_ADMIN WORKFLOWS_ADMIN SUPER_ADMIN; do
    call 201 POST "/api/v1/users/$user/roles" '{"type":"'$role'"}'
done
role=$(made)
call 200 GET "/api/v1/users/$user/roles"
call 200 GET "/api/v1/users/$user/roles/$role"
call 204 DELETE "/api/v1/users/$user/roles/$role"
call 404 DELETE "/api/v1/users/$user/roles/$role"
call 201 POST "/api/v1/users/$user/roles" '{"type":"CUSTOM","role":"'$custom'","resource-set":"iam1"}'
call 200 POST "/api/v1/groups/$group/roles?disableNotifications=true" '{"type":"REPORT_ADMIN"}'
role=$(made)
call 200 GET "/api/v1/groups/$group/roles"
call 204 DELETE "/api/v1/groups/$group/roles/$role"
call 200 GET /api/v1/iam/assignees/users
call 200 GET /api/v1/iam/roles
call 200 GET /api/v1/meta/schemas/user/default
call 204 PUT "/api/v1/groups/$group/users/$active"
call 204 PUT "/api/v1/groups/$group/users/$active"
call 200 GET "/api/v1/groups/$group/users?limit=1"
call 204 DELETE "/api/v1/groups/$group/users/$active"
call 404 PUT "/api/v1/groups/$group/users/00unone"
call 200 PUT "/api/v1/groups/$group" '{"profile":{"name":"Operations-'$$'"}}'
rule='"conditions":{"expression":{"value":"true","type":"urn:okta:expression:1.0"}}'
rule=$rule',"actions":{"assignUserToGroups":{"groupIds":["'$group'"]}}'
call 200 POST /api/v1/groups/rules '{"type":"group_rule","name":"All",'$rule'}'
made=$(made)
call 200 GET "/api/v1/groups/rules/$made?expand=groupIdToGroupNameMap"
call 200 PUT "/api/v1/groups/rules/$made" '{"type":"group_rule","name":"Everybody",'$rule'}'
call 204 POST "/api/v1/groups/rules/$made/lifecycle/activate"
call 204 POST "/api/v1/groups/rules/$made/lifecycle/deactivate"
call 200 GET '/api/v1/groups/rules?search=every&limit=10'
call 202 DELETE "/api/v1/groups/rules/$made?removeUsers=false"
call 204 DELETE "/api/v1/groups/$group"
call 404 GET "/api/v1/groups/$group"
call 204 DELETE "/api/v1/users/$active?sendEmail=false"
call 200 GET "/api/v1/users/$active"
call 204 DELETE "/api/v1/users/$active"
call 404 GET "/api/v1/users/$active"
seed '{"concurrency_refusals":1}'
call 429 GET /api/v1/users
