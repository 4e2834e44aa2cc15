# The life of a Box enterprise; sourced by ../prism.sh.
headers=(--header "Authorization: Bearer $token")

# made TYPE: the id of the first of this type in the last answer.
made() { grep --only-matching '"id":"[0-9]*","type":"'"$1"'"' "$answer" | head -n 1 | tr -dc 0-9; }

login=life-$$@x.example
fields=fields=name,login,role,status,phone,tracking_codes,enterprise,notification_email,space_amount
call 200 GET /users/me
call 200 GET "/users/me?$fields"
call 201 POST /users '{"name":"Ann","login":"'"$login"'","role":"coadmin","status":"active","phone":"1","space_amount":-1,
    "timezone":"Europe/Berlin","language":"de","can_see_managed_users":true,
    "tracking_codes":[{"type":"tracking_code","name":"Cost","value":"1"}]}'
user=$(made user)
call 409 POST /users '{"name":"Ann","login":"'"$login"'"}'
call 400 POST /users '{"name":"Ann","login":"nobody"}'
call 200 GET "/users/$user"
call 200 GET "/users/$user?$fields"
call 200 GET "/users?$fields&limit=1&user_type=managed&usemarker=true"
call 200 GET "/users?filter_term=$login&offset=0&limit=1000"
call 200 PUT "/users/$user" '{"login":"new-'"$login"'"}'
call 200 PUT "/users/$user" '{"phone":"","space_amount":-1,"role":"user","language":"","timezone":"","tracking_codes":[]}'
call 200 PUT "/users/$user?$fields" '{"notification_email":{"email":"n@x.example"}}'
call 200 PUT "/users/$user?$fields" '{"notification_email":null}'
call 200 PUT "/users/$user" '{"status":"inactive"}'
call 200 PUT "/users/$user" '{"status":"active"}'
call 201 POST /groups '{"name":"Ops '$$'","description":"d","invitability_level":"admins_only"}'
group=$(made group)
call 409 POST /groups '{"name":"Ops '$$'"}'
call 200 GET "/groups/$group?fields=description,provenance"
call 200 GET "/groups?filter_term=Ops&limit=100&offset=0"
call 200 PUT "/groups/$group" '{"name":"Operations '$$'","description":""}'
call 201 POST /group_memberships '{"user":{"id":"'"$user"'"},"group":{"id":"'"$group"'"},"role":"member"}'
call 409 POST /group_memberships '{"user":{"id":"'"$user"'"},"group":{"id":"'"$group"'"}}'
call 200 GET "/groups/$group/memberships?limit=100&offset=0"
call 200 GET "/users/$user/memberships?limit=1000&offset=0"
membership=$(made group_membership)
call 200 GET "/group_memberships/$membership"
call 200 PUT "/group_memberships/$membership" '{"role":"admin"}'
call 204 DELETE "/group_memberships/$membership"
call 404 DELETE "/group_memberships/$membership"
seed '{"changed":{"new-'"$login"'":{"confirmed":false,"owns":true}}}'
call 403 PUT "/users/$user" '{"login":"'"$login"'"}'
call 409 DELETE "/users/$user?notify=false&force=false"
call 204 DELETE "/users/$user?notify=false&force=true"
call 404 DELETE "/users/$user?notify=false&force=true"
call 404 GET "/users/$user"
call 204 DELETE "/groups/$group"
call 404 PUT "/groups/$group" '{"name":"x"}'
headers=(--header 'Authorization: Bearer other')
call 401 GET /users/me
