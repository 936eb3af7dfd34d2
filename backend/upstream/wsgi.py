"""The WSGI application: `granian --interface wsgi upstream.wsgi:application`, or any other WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upstream.settings.prod")
# A request waits for no statement longer; workers and commands do.
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "20")
application = get_wsgi_application()
