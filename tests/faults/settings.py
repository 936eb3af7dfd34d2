"""For worker processes under test: the fault tests' jobs, and leases short enough to wait for."""

from upstream.settings.test import *  # noqa: F403
from upstream.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "faults.work"]
# Workers answer no addresses of the product.
ROOT_URLCONF = "upstream.ops.urls"
JOB_LEASE_SECONDS = 3
JOB_RESEND_SECONDS = 1
JOB_SWEEP_SECONDS = 1.0
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "upstream.sweep", "schedule": JOB_SWEEP_SECONDS}}
