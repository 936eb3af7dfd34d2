"""The WSGI application: `granian --interface wsgi upstream.wsgi:application`, or any other WSGI server."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upstream.settings.prod")
# A request waits for no statement longer; workers and commands do.
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "20")
application = get_wsgi_application()

# The addresses and the schema behind them are made now, not by the first who asks. What there is by now stays: else
# looking for garbage among it takes some request a sixth of a second.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
