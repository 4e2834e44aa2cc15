# The life of a Calendly organization with SCIM; sourced by ../prism.sh.
headers=(--header "Authorization: Bearer $token")

# The id of what the last call made.
made() { sed 's/.*"id":"\([^"]*\)".*/\1/' "$answer"; }

# patch ATTRIBUTE VALUE: the body that replaces one attribute.
patch() {
    echo '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations":[{"op":"replace","path":"'"$1"'","value":'"$2"'}]}'
}

# user E-MAIL ACTIVE: the body of a user.
user() {
    echo '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"'"$1"'","displayName":"Ann",
        "active":'"$2"',"externalId":"life"}'
}

email=life-$$@x.example
call 200 GET '/Users?startIndex=1&count=10'
call 201 POST /Users "$(user "$email" true)"
user=$(made)
call 409 POST /Users "$(user "$email" true)"
call 200 GET "/Users/$user"
call 200 GET "/Users?filter=userName%20eq%20%22$email%22"
call 400 GET '/Users?filter=externalId%20eq%20%22life%22'
seed '{"accept":{"email":"'"$email"'"}}'
call 200 PUT "/Users/$user" "$(user "$email" false)"
call 200 PATCH "/Users/$user" "$(patch active true)"
call 200 PATCH "/Users/$user" "$(patch userName '"new-'"$email"'"')"
call 400 PATCH "/Users/$user" "$(patch title '"Guide"')"
seed '{"confirm":{"email":"new-'"$email"'"}}'
call 200 GET "/Users/$user"
seed '{"seats":0}'
call 403 POST /Users "$(user "more-$email" true)"
call 204 DELETE "/Users/$user"
call 404 GET "/Users/$user"
call 404 DELETE "/Users/$user"
call 404 PUT "/Users/$user" "$(user "$email" true)"
seed '{"token_expires_at":"2020-01-01T00:00:00Z"}'
call 401 GET /Users
