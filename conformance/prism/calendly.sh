# The life of a Calendly organization; sourced by ../prism.sh.
headers=(--header "Authorization: Bearer $token")

# uri NAME: the last segment of the first URI in the last answer that this field has.
uri() { sed 's/.*"'"$1"'":"https:[^"]*\/\([^"\/]*\)".*/\1/' "$answer"; }

email=life-$$@x.example
call 200 GET /users/me
organization=$(uri current_organization)
owner=$(sed 's/.*"email":"\([^"]*\)".*/\1/' "$answer")
of_organization=organization=https://api.calendly.com/organizations/$organization
invitations=/organizations/$organization/invitations
call 200 GET "$invitations?status=pending&count=100"
call 201 POST "$invitations" '{"email":"'"$email"'"}'
invitation=$(uri uri)
call 400 POST "$invitations" '{"email":"'"$email"'"}'
call 400 POST "$invitations" '{"email":"'"$owner"'"}'
call 200 GET "$invitations/$invitation"
call 200 GET "$invitations?email=$email&status=pending"
call 204 DELETE "$invitations/$invitation"
call 404 GET "$invitations/$invitation"
call 404 DELETE "$invitations/$invitation"
call 201 POST "$invitations" '{"email":"'"$email"'"}'
invitation=$(uri uri)
seed '{"accept":{"email":"'"$email"'"}}'
user=$(uri user)
membership=$(uri membership)
seed '{"groups":[{"name":"Sales","members":["'"$email"'"]}]}'
group=$(sed 's/.*"groups":\["[^"]*\/\([^"]*\)".*/\1/' "$answer")
call 200 GET "$invitations/$invitation"
call 200 GET "$invitations?email=$email&status=accepted&sort=created_at:desc"
call 400 DELETE "$invitations/$invitation"
call 400 POST "$invitations" '{"email":"'"$email"'"}'
call 200 GET "/users/$user"
call 200 GET "/organization_memberships?$of_organization&count=1"
call 200 GET "/organization_memberships?$of_organization&email=$email"
call 200 GET "/organization_memberships?user=https://api.calendly.com/users/$user"
call 200 GET "/organization_memberships/$membership"
call 200 GET "/groups?$of_organization"
call 200 GET "/groups/$group"
call 200 GET "/group_relationships?$of_organization"
call 204 DELETE "/organization_memberships/$membership"
call 404 GET "/organization_memberships/$membership"
call 404 DELETE "/organization_memberships/$membership"
call 404 GET "/users/$user"
call 200 GET "/organization_memberships?$of_organization&email=$owner"
call 403 DELETE "/organization_memberships/$(sed 's/.*organization_memberships\/\([^"]*\)".*/\1/' "$answer")"
seed '{"seats":1}'
call 403 POST "$invitations" '{"email":"more-'"$email"'"}'
seed '{"scim_enabled":true}'
call 403 POST "$invitations" '{"email":"more-'"$email"'"}'
headers=(--header 'Authorization: Bearer other')
call 401 GET /users/me
