# The life of a Zendesk account; sourced by ../prism.sh.
headers=(--header "Authorization: Bearer $token")

# The id of what the last call made: the first in its answer.
made() { sed 's/[^{]*{"[^"]*":{"id":"\{0,1\}\([^",]*\).*/\1/' "$answer"; }

# done_job: looks at the job that the last call queued until it is done.
done_job() {
    local job
    job=$(made)
    call 200 GET "/api/v2/job_statuses/$job"
    call 200 GET "/api/v2/job_statuses/$job"
    call 200 GET "/api/v2/job_statuses/show_many?ids=$job"
}

email=life-$$@x.example
seed '{"bulk_import":true,"per_minute":100000,"user_fields":[{"key":"team","type":"text"},
    {"key":"kind","type":"dropdown","options":["a","b"]}]}'
for list in users deleted_users groups groups/assignable group_memberships custom_roles organizations \
    organization_memberships user_fields oauth/clients oauth/tokens users/count users/me; do
    call 200 GET "/api/v2/$list"
done
call 200 GET /api/v2/custom_roles
call 200 GET "/api/v2/custom_roles/$(sed 's/.*"custom_roles":\[{"id":\([0-9]*\).*/\1/' "$answer")"
call 200 GET '/api/v2/users?page[size]=1'
call 200 GET '/api/v2/users?role[]=agent&role[]=admin'
call 200 GET '/api/v2/groups?exclude_deleted=true'

call 201 POST /api/v2/organizations '{"organization":{"name":"Acme '$$'","external_id":"'$$'"}}'
organization=$(made)
call 200 GET "/api/v2/organizations/$organization"
call 200 GET "/api/v2/organizations/search?external_id=$$"
call 422 POST /api/v2/organizations '{"organization":{"name":"Acme '$$'"}}'

user='{"user":{"name":"Ann","email":"'$email'","role":"agent","external_id":"ann-'$$'","skip_verify_email":true'
user=$user',"time_zone":"Berlin","locale":"de","tags":["vip"],"user_fields":{"team":"x","kind":"a"}}}'
call 201 POST /api/v2/users "$user"
user=$(made)
call 422 POST /api/v2/users '{"user":{"name":"Ann","email":"'$email'"}}'
call 200 GET "/api/v2/users/$user"
call 200 GET "/api/v2/users/$user/related"
call 200 GET "/api/v2/users/search?query=email:$email"
call 200 GET "/api/v2/users?external_id=ann-$$"
call 200 GET "/api/v2/users/show_many?ids=$user"
call 200 PUT "/api/v2/users/$user" '{"user":{"organization_id":'"$organization"',"phone":null,"suspended":true}}'
call 422 PUT "/api/v2/users/$user" '{"user":{"custom_role_id":1}}'
call 200 POST /api/v2/users/create_or_update '{"user":{"name":"Anna","external_id":"ANN-'$$'"}}'
call 202 POST "/api/v2/users/logout_many?ids=$user"
call 204 DELETE "/api/v2/users/$user/sessions"

identities=/api/v2/users/$user/identities
call 201 POST "$identities" '{"identity":{"type":"email","value":"new-'"$email"'","verified":true}}'
identity=$(made)
call 200 GET "$identities/$identity"
call 200 PUT "$identities/$identity" '{"identity":{"verified":false}}'
call 200 PUT "$identities/$identity/verify"
call 200 PUT "$identities/$identity/request_verification"
call 200 PUT "$identities/$identity/make_primary"
call 200 GET "$identities?type[]=email"
call 422 DELETE "$identities/$identity"
call 201 POST "$identities" '{"identity":{"type":"email","value":"third-'"$email"'"}}'
call 204 DELETE "$identities/$(made)"

call 201 POST /api/v2/groups '{"group":{"name":"Ops '$$'","description":"on call"}}'
group=$(made)
call 200 PUT "/api/v2/groups/$group" '{"group":{"name":"Operations '$$'"}}'
call 200 GET "/api/v2/groups/$group"
call 201 POST /api/v2/group_memberships '{"group_membership":{"user_id":'"$user"',"group_id":'"$group"'}}'
membership=$(made)
call 422 POST /api/v2/group_memberships '{"group_membership":{"user_id":'"$user"',"group_id":'"$group"'}}'
call 200 GET "/api/v2/group_memberships/$membership"
call 200 GET "/api/v2/users/$user/group_memberships/$membership"
call 200 PUT "/api/v2/users/$user/group_memberships/$membership/make_default"
for list in users/$user/group_memberships users/$user/groups groups/$group/memberships groups/$group/users; do
    call 200 GET "/api/v2/$list"
done
call 204 DELETE "/api/v2/users/$user/group_memberships/$membership"
call 201 POST "/api/v2/users/$user/group_memberships" '{"group_membership":{"group_id":'"$group"'}}'
call 204 DELETE "/api/v2/group_memberships/$(made)"
many='{"group_memberships":[{"user_id":'"$user"',"group_id":'"$group"'},{"user_id":1,"group_id":1}]}'
call 200 POST /api/v2/group_memberships/create_many "$many"
done_job
call 200 DELETE '/api/v2/group_memberships/destroy_many?ids=1,2'
done_job
call 204 DELETE "/api/v2/groups/$group"
call 404 DELETE "/api/v2/groups/$group"

many='{"users":[{"name":"Bea","email":"bea-'"$email"'","external_id":"bea-'$$'"},{"name":"Ann","email":"new-'"$email"'"}]}'
call 200 POST /api/v2/users/create_many "$many"
done_job
call 200 POST /api/v2/users/create_or_update_many "$many"
done_job
call 200 PUT "/api/v2/users/update_many?ids=$user,1" '{"user":{"suspended":true}}'
done_job
call 200 DELETE "/api/v2/users/destroy_many?external_ids=bea-$$,nobody"
done_job

membership='{"organization_membership":{"user_id":'"$user"',"organization_id":'"$organization"'}}'
call 422 POST /api/v2/organization_memberships "$membership"
call 200 PUT "/api/v2/users/$user" '{"user":{"organization_id":null}}'
call 201 POST /api/v2/organization_memberships "$membership"
call 204 DELETE "/api/v2/organization_memberships/$(made)"
call 200 GET /api/v2/users/me
call 403 DELETE "/api/v2/users/$(made)"
call 200 DELETE "/api/v2/users/$user"
call 404 DELETE "/api/v2/users/$user"
call 200 GET /api/v2/deleted_users
call 200 GET "/api/v2/deleted_users/$user"
call 200 DELETE "/api/v2/deleted_users/$user"
call 404 GET "/api/v2/users/$user"

grant='{"grant_type":"client_credentials","client_id":"usherd","client_secret":"usherd-secret","scope":"users:read"'
headers=()
call 201 POST /oauth/tokens "$grant"',"expires_in":300}'
bearer=$(sed 's/.*"access_token":"\([^"]*\)".*/\1/' "$answer")
call 401 POST /oauth/tokens "${grant/usherd-secret/wrong}}"
call 400 POST /oauth/tokens '{"grant_type":"refresh_token","client_id":"usherd","client_secret":"usherd-secret"}'
# Without any credential Prism would answer in the twin's place.
headers=(--header 'Authorization: Bearer other')
call 401 GET /api/v2/users
headers=(--header "Authorization: Bearer $bearer")
call 200 GET /api/v2/users
call 403 GET /api/v2/groups
headers=(--header "Authorization: Bearer $token")
call 200 GET /api/v2/oauth/tokens
identifier=$(sed 's/.*"tokens":\[{"id":\([0-9]*\).*/\1/' "$answer")
call 204 DELETE "/api/v2/oauth/tokens/$identifier"
seed '{"per_minute":1}'
call 429 GET /api/v2/users/me
