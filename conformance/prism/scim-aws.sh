# The life of an account at AWS IAM Identity Center; sourced by ../prism.sh.
headers=(--header "Authorization: Bearer $token")

# The id of what the last call made.
made() { sed 's/.*"id":"\([^"]*\)".*/\1/' "$answer"; }

# patch OPERATION: the body with this operation.
patch() { echo '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['"$1"']}'; }

# user E-MAIL ACTIVE: the body of a user.
user() {
    local enterprise=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User
    echo '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","'$enterprise'"],"userName":"'"$1"'",
        "displayName":"Ann Ash","name":{"givenName":"Ann","familyName":"Ash"},"active":'"$2"',"title":"Guide",
        "emails":[{"value":"'"$1"'","type":"work","primary":true}],"'$enterprise'":{"department":"Tours"}}'
}

# group NAME [MEMBERS]: the body of a group.
group() {
    echo '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"'"$1"'","members":['"${2:-}"']}'
}

# find LIST FILTER: with the filter encoded as Prism wants it.
find() {
    local filter=${2// /%20}
    call 200 GET "/$1?filter=${filter//\"/%22}"
}

email=life-$$@x.example
call 200 GET /ServiceProviderConfig
call 201 POST /Users "$(user "$email" true)"
user=$(made)
call 409 POST /Users "$(user "$email" true)"
call 201 POST /Users "$(user "second-$email" true)"
call 200 GET "/Users/$user"
call 200 PUT "/Users/$user" "$(user "$email" false)"
call 200 PATCH "/Users/$user" "$(patch '{"op":"replace","path":"active","value":true}')"
call 400 PATCH "/Users/$user" "$(patch '{"op":"replace","path":"photos","value":[]}')"
find Users "userName eq \"$email\""
find Users "id eq \"$user\" and manager eq \"nobody\""
call 201 POST /Groups "$(group "Ops $$" '{"value":"'"$user"'"}')"
group=$(made)
call 409 POST /Groups "$(group "Ops $$")"
call 200 GET "/Groups/$group"
find Groups "displayName eq \"Ops $$\""
find Groups "id eq \"$group\" and member eq \"$user\""
find Users "groups.value eq \"$group\""
call 204 PATCH "/Groups/$group" "$(patch '{"op":"remove","path":"members[value eq \"'"$user"'\"]"}')"
call 204 PATCH "/Groups/$group" "$(patch '{"op":"add","path":"members","value":[{"value":"'"$user"'"}]}')"
call 400 PATCH "/Groups/$group" "$(patch '{"op":"remove","path":"members"}')"
call 400 PATCH "/Groups/$group" "$(patch '{"op":"replace","path":"members","value":[]}')"
call 200 GET '/Users?count=1&cursor='
cursor=$(sed 's/.*"nextCursor":"\([^"]*\)".*/\1/' "$answer")
call 200 GET "/Users?count=1&cursor=$cursor"
call 204 DELETE "/Groups/$group"
call 404 GET "/Groups/$group"
call 404 DELETE "/Groups/$group"
call 204 DELETE "/Users/$user"
call 404 GET "/Users/$user"
seed '{"per_minute":1}'
call 429 GET /Users
headers=(--header 'Authorization: Bearer other')
call 401 GET /Users
