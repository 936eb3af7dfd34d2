"""The WSGI application: `granian --interface wsgi upstream.wsgi:application`, or any other WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upstream.settings.prod")
application = get_wsgi_application()
