"""Whether the web process of this container answers; with `ready`, whether it can do its work. Standard library only."""

import os
import sys
import urllib.request

path = "/health/ready" if sys.argv[1:] == ["ready"] else "/health/live"
# Asked for under a name the service answers to.
host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}{path}", headers={"Host": host})
try:
    with urllib.request.urlopen(request, timeout=4) as response:
        sys.exit(0 if response.status == 200 else 1)
except OSError as error:
    sys.exit(f"{path}: {error}")
