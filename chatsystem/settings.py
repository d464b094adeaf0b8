"""Django's settings. Every value that differs between deployments comes from the environment; see `.env.example`."""

from pathlib import Path

from chatsystem import env, limits, logs
from chatsystem.rate_limits import policies
from messaging.store.cluster import connection_options

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_file()

APP_ENV = env.choice("APP_ENV", ("production", "development", "test"), default="production")
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

ROOT_URLCONF = "chatsystem.urls"
WSGI_APPLICATION = "chatsystem.wsgi.application"
INSTALLED_APPS = [
    "django_cassandra_engine",  # first: it must find the models of the apps below
    "moderation.apps.OperatorsAdminConfig",
    "accounts",  # before `auth`, of whose commands it has one of its own
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "chatsystem.static_files.StaticFilesConfig",
    "rest_framework",
    "drf_spectacular_sidecar",  # Swagger UI's static files
    "chatsystem",
    "messaging",
    "moderation",  # last: `migrate` makes roles of what it made for the others
]
MIDDLEWARE = [
    "chatsystem.middleware.RequestLog",  # first: each answer, also another middleware's, carries the request's id
    "chatsystem.rate_limits.headers.RateLimitHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chatsystem.pages.middleware.PageHeaders",
    "chatsystem.pages.middleware.PageLocale",
    "chatsystem.pages.middleware.FormLimit",
    "chatsystem.middleware.PagesSession",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.browsers.BrowserAuthentication",
    "chatsystem.middleware.PagesMessages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chatsystem.middleware.Refusals",  # last: nearest to the views, whose errors it answers
]
APPEND_SLASH = False  # a redirect would turn a client's POST into a GET
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "chatsystem.pages.frame.frame",
                "accounts.pages.switches.switched",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Databases: people in SQL, messages in Cassandra.
CASSANDRA_NODES, CASSANDRA_PORT = env.nodes("CASSANDRA_NODES", default="127.0.0.1")
CASSANDRA_DATACENTER = env.text("CASSANDRA_DATACENTER", "datacenter1")
CASSANDRA_REPLICATION_FACTOR = env.integer("CASSANDRA_REPLICATION_FACTOR", default=1, minimum=1, maximum=9)
DATABASES = {
    "default": {
        **env.database("DATABASE_URL"),
        "CONN_MAX_AGE": 60,  # seconds: a new PostgreSQL connection for each request would cost 200 us
        "CONN_HEALTH_CHECKS": True,
    },
    "cassandra": {
        "ENGINE": "django_cassandra_engine",
        "NAME": env.text("CASSANDRA_KEYSPACE", "chat"),
        "HOST": ",".join(CASSANDRA_NODES),
        "USER": env.text("CASSANDRA_USERNAME", ""),
        "PASSWORD": env.text("CASSANDRA_PASSWORD", ""),
        "OPTIONS": {
            "replication": {
                "strategy_class": "NetworkTopologyStrategy",
                **env.replicas("CASSANDRA_OTHER_DATACENTERS"),
                CASSANDRA_DATACENTER: CASSANDRA_REPLICATION_FACTOR,
            },
            "connection": connection_options(
                port=CASSANDRA_PORT,
                datacenter=CASSANDRA_DATACENTER,
                authority=env.file("CASSANDRA_AUTHORITY"),
            ),
        },
    },
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL",  # readers don't wait for the writer
        "transaction_mode": "IMMEDIATE",  # a transaction that will write waits at its start, not half-way
        "timeout": 5,  # seconds to wait for another writer
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 3  # seconds
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis holds only what can be rebuilt, so an answer that is late is worth no wait.
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": env.text("REDIS_URL", "redis://127.0.0.1:6379/1"),
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 0.1,  # seconds; the client's own default hangs for a minute
            "SOCKET_TIMEOUT": 0.1,  # seconds
            "CONNECTION_POOL_KWARGS": {"retry": None},
        },
    }
}

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.browsers.LoginBackend"]
PASSWORD_HASHERS = ["accounts.passwords.Argon2id"]
PASSWORD_MEMORY = env.integer("PASSWORD_MEMORY", default=limits.PASSWORD_MEMORY, minimum=8, maximum=1_048_576)
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": limits.MIN_PASSWORD_LENGTH},
    },
    {"NAME": "accounts.passwords.MaximumLengthValidator"},
    {"NAME": "accounts.passwords.CommonPasswordValidator"},
]
AUTH_HEADER_PREFIX = env.text("AUTH_HEADER_PREFIX", "Bearer")
# A key that is being replaced: tokens that it signed are good until they end by themselves.
JWT_PREVIOUS_KEY = env.secret("JWT_PREVIOUS_SECRET_KEY", default="")
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": env.secret("JWT_SECRET_KEY"),
    "USER_ID_CLAIM": "sub",
    "AUDIENCE": "chatsystem",  # a token that another service signs with the same key isn't for us
    "LEEWAY": 5,  # seconds by which the clocks of two replicas may differ: a new token is good at all of them
}

# E-mail
PUBLIC_URL = env.origin(
    "PUBLIC_URL", default=f"http://127.0.0.1:{env.integer('APP_PORT', default=8000, minimum=1, maximum=65_535)}"
)
vars().update(env.mail_server("EMAIL_URL", default=f"filemail:///{BASE_DIR}/.local/mail"))  # EMAIL_BACKEND and others
SECURITY_CONTACT = env.contact("SECURITY_CONTACT")
EMAIL_TIMEOUT = 10  # seconds: each worker process sends one message after the other
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", "Chat <chat@localhost>")

# How often something may be done
RATE_LIMITS_ENABLED = env.flag("RATE_LIMITS", default=True)
RATE_LIMITS = {
    policy.name: env.rate(policy.variable, default=(policy.quota, policy.window)) for policy in policies.POLICIES
}
# Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
FORWARDED_ALLOW_IPS = env.networks("FORWARDED_ALLOW_IPS", default=["127.0.0.1", "::1"])

# Messages
EDIT_WINDOW = env.integer("EDIT_WINDOW", default=limits.MAX_EDIT_WINDOW, minimum=0, maximum=limits.MAX_EDIT_WINDOW)

# The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "accounts.api.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["chatsystem.api.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["chatsystem.api.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "chatsystem.api.renderers.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "chatsystem.api.reference.endpoints.EndpointSchema",  # only `manage.py openapi` asks for it
    "EXCEPTION_HANDLER": "chatsystem.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

# Pages
LOGIN_URL = "accounts:log-in"
LOGIN_REDIRECT_URL = "messaging:inbox"
ADMIN_PATH = env.path("ADMIN_PATH", default="admin/")
ADMIN_IDLE_MINUTES = env.integer("ADMIN_IDLE_MINUTES", default=30, minimum=5, maximum=1_440)
SECURE_COOKIES = env.flag("SECURE_COOKIES", default=APP_ENV == "production")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_HTTPONLY = True  # the script takes the token from a form of its page
# Notices stand in a cookie, signed: a page that shows one needs no database for it.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = limits.MAX_FORM_BYTES  # of whatever says no length
CSRF_FAILURE_VIEW = "chatsystem.pages.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# Goes out with answers to HTTPS requests alone; an hour until somebody is sure that HTTPS stays.
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", default=3_600, minimum=0, maximum=63_072_000)
SILENCED_SYSTEM_CHECKS = [
    "security.W004",  # no HSTS: the default has it, and whoever sets 0 knows that the proxy does
    "security.W005",  # HSTS for subdomains: whose they are is not for this service to say
    "security.W008",  # HTTPS redirects: the proxy's work; here they would turn a client's POST into a GET
    "security.W010",  # session cookies: chatsystem.E003 names the variable
    "security.W016",  # CSRF cookies: as above
    "security.W018",  # DEBUG: chatsystem.E001 names the variable
    "security.W021",  # HSTS preload lists: for the owner of the domain to ask for
]
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))  # where `collectstatic` puts them
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False  # other sites' pages have no use for these files
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = APP_ENV != "production"
if WHITENOISE_USE_FINDERS:  # `collectstatic` is a step of deployments; elsewhere files are served where they lie
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["chatsystem.formats"]

LOGGING = logs.configuration()

# /metrics: with a token, no address is enough unless it is named, since behind a proxy strangers may share the proxy's.
METRICS_TOKEN = env.secret("METRICS_TOKEN", default="")
METRICS_ADDRESSES = env.networks("METRICS_ADDRESSES", default=[] if METRICS_TOKEN else ["127.0.0.0/8", "::1"])
