"""Runs scim2-tester's full check against a server: tester.py BASE_URL TOKEN."""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# The checks that this version has for such a server. Fewer mean that it took something for unsupported.
CHECKS_MIN = 138


def main() -> int:
    base_url, token = sys.argv[1:]
    http = Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    results = check_server(SyncSCIMClient(http))
    # What was skipped was not shown.
    bad = [result for result in results if result.status is not Status.SUCCESS]
    for result in bad:
        print(f"{result.status.name} {result.title}: {result.reason}")
    passed = len(results) - len(bad)
    print(f"scim2-tester: {passed} passed, {len(bad)} failed or skipped")
    return 1 if bad or len(results) < CHECKS_MIN else 0


if __name__ == "__main__":
    sys.exit(main())
