"""Settings of the portal. What a ministry may want to differ comes from the environment: see docs/reference."""

import os
from pathlib import Path

import dj_database_url
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from sonae.site.secrets import secret_key

PACKAGE = Path(__file__).resolve().parent.parent

# --- where things are kept -------------------------------------------------------------------------------------------
HOME = Path(os.environ.get("SONAE_HOME", "var")).resolve()
MEDIA_ROOT = HOME / "files"

DEBUG = os.environ.get("SONAE_DEBUG") == "1"
# Shown above every page: "demo", "training"; empty for the real thing.
SONAE_ENVIRONMENT = os.environ.get("SONAE_ENVIRONMENT", "")
# The register of this installation holds made-up institutions only: every page says so.
SONAE_SYNTHETIC = os.environ.get("SONAE_SYNTHETIC") == "1"
SECRET_KEY = secret_key(HOME)
SECRET_KEY_FALLBACKS = os.environ.get("SONAE_SECRET_KEY_FALLBACKS", "").split()
ALLOWED_HOSTS = os.environ.get("SONAE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
BASE_URL = os.environ.get("SONAE_BASE_URL", "http://localhost:8000")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- programs --------------------------------------------------------------------------------------------------------
SLICES = [
    "sonae.core.audit",
    "sonae.core.accounts",
    "sonae.core.institutions",
    "sonae.core.access",
    "sonae.core.web",
    "sonae.core.documents",
    "sonae.core.notifications",
    "sonae.core.assurance",
    "sonae.core.duties",
    "sonae.core.bulletins",
    "sonae.core.instruments",
    "sonae.prevention.assets",
    "sonae.prevention.advisories",
    "sonae.prevention.inspections",
    "sonae.prevention.fees",
    "sonae.prevention.exposure",
    "sonae.prevention.surveys",
    "sonae.prevention.sharing",
    "sonae.prevention.detection",
    "sonae.response.incidents",
    "sonae.response.disclosure",
    "sonae.site",
]
INSTALLED_APPS = [
    *(name for name in SLICES if (PACKAGE.parent / name.replace(".", "/") / "apps.py").exists()),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_htmx",
    "django_filters",
    "django_tables2",
    "django_tasks_db",
    "ninja",
]
MIDDLEWARE = [
    "sonae.core.web.middleware.request_facts",
    "sonae.core.web.middleware.head_like_get",
    "django.middleware.security.SecurityMiddleware",
    "sonae.core.web.assets.serve_assets",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "sonae.core.web.sound_text.without_odd_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "sonae.core.web.middleware.preferred_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "sonae.core.accounts.sessions.note_use",
    "django_htmx.middleware.HtmxMiddleware",
    "sonae.core.web.middleware.viewer",
    "sonae.core.web.problems.translate_problems",
    "sonae.core.web.api_body.sound_api_request",
    "sonae.core.web.sound_text.sound_text",
    # Outside of the transaction of a request with a key, which a refusal rolls back.
    "sonae.site.throttle.put_down_requests",
    "sonae.core.web.idempotency.idempotent_api",
    "sonae.core.web.gate.gate",
]
ROOT_URLCONF = "sonae.site.urls"
WSGI_APPLICATION = "sonae.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "sonae.core.web.context.page",
            ],
        },
    }
]

# --- records ---------------------------------------------------------------------------------------------------------
_database = dj_database_url.parse(os.environ.get("DATABASE_URL", f"sqlite:///{HOME / 'sonae.sqlite3'}"))
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        # A writer waits for its turn instead of failing half-way through a transaction that began by reading.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    # Several connections of one test process must see one database: a file, not memory.
    _database["TEST"] = {"NAME": str(HOME / f"test-{os.getpid()}.sqlite3")}
else:
    _database["CONN_HEALTH_CHECKS"] = True
# To open one costs more than most requests ask of it, on SQLite too.
_database["CONN_MAX_AGE"] = 60
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Limits of sign-in attempts hold across processes because the counters live in the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "site_cache",
        # With Django's 300, a flood of new counters would push out those of the attacked account.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}
# Requests to the API that one token or one person may make in a minute.
API_REQUESTS_PER_MINUTE = int(os.environ.get("SONAE_API_PER_MINUTE", "600"))
# The largest file that may be sent through the API; other bodies: DATA_UPLOAD_MAX_MEMORY_SIZE.
API_UPLOAD_LIMIT_BYTES = 64 * 1024 * 1024

# --- people ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    # Thirteen characters need no periodic change (checklist FY2025, item 2-⑦); Guideline 7.0 asks for none at all.
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 13}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation has already reached the address
ACCOUNT_ADAPTER = "sonae.core.accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "sonae.core.accounts.adapters.IdentityProviderAdapter"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    # One address from one network. Half of what one network may try stays below the limit for all networks together.
    "login_failed_here": "10/m/ip,5/10m/key",
    # One address from every network where its owner did not sign in before; wrong codes of one person too.
    "login_failed": "10/m/ip,50/h/key",
}
ACCOUNT_PREVENT_ENUMERATION = True
# Else anyone could make the portal write to any address that is no account's.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Not the name that the request's Host header gives.
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Sonae: "
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Sonae"
# Somebody who types while the code changes, or whose phone is off by half a minute, gets in (RFC 6238, 5.2 and 6).
MFA_TOTP_TOLERANCE = 1
MFA_ADAPTER = "sonae.core.accounts.authenticators.AuthenticatorAdapter"
MFA_FORMS = {
    "authenticate": "sonae.core.accounts.authenticators.SignInCodeForm",
    "reauthenticate": "sonae.core.accounts.authenticators.ConfirmCodeForm",
    "add_webauthn": "sonae.core.accounts.forms.AddPasskeyForm",
    "edit_webauthn": "sonae.core.accounts.forms.EditPasskeyForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = BASE_URL.startswith("http://localhost")
# Noting every request would make every page a write; core.accounts.sessions notes the use now and then.
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [], "OAUTH_PKCE_ENABLED": True}}
if os.environ.get("SONAE_OIDC_ISSUER"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "ministry",
            "name": os.environ.get("SONAE_OIDC_NAME", "OpenID Connect"),
            "client_id": os.environ["SONAE_OIDC_CLIENT_ID"],
            "secret": os.environ["SONAE_OIDC_CLIENT_SECRET"],
            "settings": {"server_url": os.environ["SONAE_OIDC_ISSUER"]},
        }
    ]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
_https = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Behind a proxy that ends TLS and sets this header itself (deploy/ shows how); never set it without such a proxy.
if os.environ.get("SONAE_BEHIND_PROXY") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Who tries passwords is told apart by what the proxy adds to X-Forwarded-For. By the proxy's own address, ten wrong
    # passwords of one stranger would keep the whole sector from signing in.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}

# --- words -----------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "sonae_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

# --- pages -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
# Pages name every file by the address of this release (core.web.assets).
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sonae.core.web.assets.AssetStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "sonae.core.web.uploads.NamelessFile",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DJANGO_TABLES2_TEMPLATE = "web/components/table.html"
CSRF_FAILURE_VIEW = "sonae.core.web.problems.form_expired"
FORM_RENDERER = "sonae.core.web.forms.SonaeRenderer"

# --- messages and jobs -----------------------------------------------------------------------------------------------
MAIL_FROM = os.environ.get("SONAE_MAIL_FROM", "sonae@localhost")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
MAILERS = {
    "default": (
        {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": os.environ["SONAE_SMTP_HOST"],
                "port": int(os.environ.get("SONAE_SMTP_PORT", "25")),
                "username": os.environ.get("SONAE_SMTP_USER", ""),
                "password": os.environ.get("SONAE_SMTP_PASSWORD", ""),
                "use_tls": os.environ.get("SONAE_SMTP_TLS", "1") == "1",
                "timeout": 15,
            },
        }
        if os.environ.get("SONAE_SMTP_HOST")
        else {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(HOME / "mail")},
        }
    )
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- choices of the operator, shown in the product with their reason -------------------------------------------------
# How many institutions of the register must fit everything a disclosure says. No source prescribes a number: ours.
DISCLOSURE_K = int(os.environ.get("SONAE_DISCLOSURE_K", "20"))
# Figures of a survey below this are kept back from everybody but the ministry. No source prescribes a number: ours.
SURVEY_THRESHOLD = max(2, int(os.environ.get("SONAE_SURVEY_THRESHOLD", "3")))
# Folders with more fonts, for names in characters that our own does not have. PDF/A asks for a glyph of each.
EXTRA_FONTS = [folder for folder in os.environ.get("SONAE_FONTS", "").split(os.pathsep) if folder]
CLAMD_SOCKET = os.environ.get("SONAE_CLAMD_SOCKET", "")
# Webhooks reach the open internet only. An operator whose sector has a closed network may allow private addresses.
WEBHOOK_ALLOW_PRIVATE = os.environ.get("SONAE_WEBHOOK_ALLOW_PRIVATE") == "1"
# With a key, NVD answers more requests in the same time.
NVD_API_KEY = os.environ.get("SONAE_NVD_API_KEY", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_secrets": {"()": "sonae.core.web.log_secrets.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_secrets"]}},
    "loggers": {
        # At the source as well, for whoever adds a handler.
        "django.request": {"filters": ["without_secrets"]},
        "django.security.csrf": {"filters": ["without_secrets"]},
    },
    "root": {"handlers": ["console"], "level": os.environ.get("SONAE_LOG_LEVEL", "WARNING")},
}
