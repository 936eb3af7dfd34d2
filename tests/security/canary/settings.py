"""For the processes of the canary test: every level is logged, Sentry is a file, mail goes to a folder."""

import os

from upstream.settings.test import *  # noqa: F403
from upstream.settings.test import INSTALLED_APPS, LOGGING

INSTALLED_APPS = [*INSTALLED_APPS, "security.canary.apps.CanaryConfig"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["CANARY_MAIL"]
LOGGING = {
    **LOGGING,
    "root": {"handlers": ["console"], "level": "DEBUG"},
    "loggers": {**LOGGING["loggers"], "django.db.backends": {"level": "DEBUG"}},
}
JOB_RESEND_SECONDS = 1
# The test asks for everything there is, within a minute.
GRAPHQL_VALUES_A_MINUTE = GRAPHQL_VALUES_A_MINUTE_OF_ORGANIZATIONS = 10**9
REST_REQUESTS_A_MINUTE = REST_REQUESTS_A_MINUTE_OF_STRANGERS = 10**6
