"""Whether a run of the gateway through Prism did all that it was to do: through_prism.py STATUS CALLS."""

import json
import sys

# Without these calls nothing was proved.
NEEDED = (
    "POST /users",
    "PUT /users/{id}",
    "DELETE /users/{id}",
    "POST /teams",
    "PUT /teams/{id}/users/{user_id}",
    "DELETE /teams/{id}/users/{user_id}",
    "DELETE /teams/{id}",
)


def main() -> int:
    status, calls = sys.argv[1:]
    with open(status) as file:
        targets = json.load(file)["targets"]
    with open(calls) as file:
        routes = json.load(file)["routes"]
    faults = [f"{target['name']} is {target['state']}" for target in targets if target["state"] != "working"]
    faults += [f"not settled: {problem}" for target in targets for problem in target["problems"]]
    faults += [f"{target['parked']} are parked" for target in targets if target["parked"]]
    faults += [f"never called: {route}" for route in NEEDED if not routes.get(route)]
    if not targets:
        faults.append("there is no target")
    for fault in faults:
        print(fault)
    print(f"the gateway through Prism: {sum(routes.values())} calls, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
