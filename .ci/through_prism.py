"""Whether a run of the gateway through Prism did all that it was to do: through_prism.py VENDOR STATUS CALLS."""

import json
import sys

# Without these calls nothing was proved.
NEEDED = {
    "pagerduty": (
        "POST /users",
        "PUT /users/{id}",
        "DELETE /users/{id}",
        "POST /teams",
        "PUT /teams/{id}/users/{user_id}",
        "DELETE /teams/{id}/users/{user_id}",
        "DELETE /teams/{id}",
    ),
    "zendesk": (
        "POST /api/v2/users",
        "PUT /api/v2/users/{user_id}",
        "DELETE /api/v2/users/{user_id}",
        "POST /api/v2/groups",
        "POST /api/v2/group_memberships",
        "DELETE /api/v2/group_memberships/{group_membership_id}",
        "DELETE /api/v2/groups/{group_id}",
    ),
    "okta": (
        "POST /api/v1/users",
        "POST /api/v1/users/{id}",
        "POST /api/v1/users/{id}/lifecycle/deactivate",
        "DELETE /api/v1/users/{id}",
        "POST /api/v1/groups",
        "PUT /api/v1/groups/{groupId}/users/{userId}",
        "DELETE /api/v1/groups/{groupId}/users/{userId}",
        "DELETE /api/v1/groups/{groupId}",
    ),
    "calendly": (
        "POST /organizations/{uuid}/invitations",
        "DELETE /organizations/{org_uuid}/invitations/{uuid}",
    ),
    "box": (
        "POST /users",
        "PUT /users/{user_id}",
        "DELETE /users/{user_id}",
        "POST /groups",
        "POST /group_memberships",
        "DELETE /group_memberships/{group_membership_id}",
        "DELETE /groups/{group_id}",
    ),
    "calendly-scim": (
        "POST /Users",
        "PATCH /Users/{id}",
        "DELETE /Users/{id}",
    ),
    "scim-aws": (
        "POST /Users",
        "PATCH /Users/{id}",
        "DELETE /Users/{id}",
        "POST /Groups",
        "PATCH /Groups/{id}",
        "DELETE /Groups/{id}",
    ),
}


def main() -> int:
    vendor, status, calls = sys.argv[1:]
    with open(status) as file:
        targets = json.load(file)["targets"]
    with open(calls) as file:
        routes = json.load(file)["routes"]
    faults = [f"{target['name']} is {target['state']}" for target in targets if target["state"] != "working"]
    faults += [f"not settled: {problem}" for target in targets for problem in target["problems"]]
    faults += [f"{target['parked']} are parked" for target in targets if target["parked"]]
    faults += [f"never called: {route}" for route in NEEDED[vendor] if not routes.get(route)]
    if not targets:
        faults.append("there is no target")
    for fault in faults:
        print(fault)
    print(f"{vendor}: the gateway through Prism: {sum(routes.values())} calls, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
