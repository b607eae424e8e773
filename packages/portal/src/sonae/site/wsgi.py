"""The portal as a WSGI application, for granian or any other server."""

import os

from django.core.wsgi import get_wsgi_application

from sonae.site import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sonae.site.settings")
with loading.nothing_collected():
    application = get_wsgi_application()
