"""Runs scim2-tester's full check against a server: tester.py BASE_URL TOKEN."""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

BAD = {Status.DEVIATION, Status.ERROR, Status.CRITICAL}


def main() -> int:
    base_url, token = sys.argv[1:]
    http = Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    results = check_server(SyncSCIMClient(http))
    bad = [result for result in results if result.status in BAD]
    for result in bad:
        print(f"{result.status.name} {result.title}: {result.reason}")
    passed = len(results) - len(bad)
    print(f"scim2-tester: {passed} passed, {len(bad)} failed")
    return 1 if bad or passed < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
