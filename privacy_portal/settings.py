"""Settings, read from the environment and from `.env`; each has a safe default.

The names that come from outside are listed in the README.
"""

from pathlib import Path

from csp.constants import NONE, SELF
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader, select_autoescape

from privacy_portal.environment import (
    BASE_DIR,
    database,
    env,
    mail_server,
    number,
    single_sign_on,
    virus_scanner,
)
from privacy_portal.secret_key import check_data_dir, kept_secret_key

DEBUG = env.bool("DEBUG", False)
DATA_DIR = Path(env.str("PORTAL_DATA_DIR", str(BASE_DIR / "var"))).resolve()
PORT = number("PORT", 8000, most=65_535)

# True for the example that `make run` serves on this machine alone: a secret key
# of its own making is then enough, and cookies must work without TLS.
EXAMPLE = env.bool("PORTAL_EXAMPLE", False)

check_data_dir(DATA_DIR)
SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret_key(DATA_DIR)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "django_linear_migrations",
    "privacy_portal.ground.accounts",
    "privacy_portal.ground.log",
    "privacy_portal.ground.mail",
    "privacy_portal.ground.limits",
    "privacy_portal.ground.stalled",
    "privacy_portal.ground.terms",
    "privacy_portal.ground.ui",
    "privacy_portal.ground.public_pages",
    "notices",
    "consent",
    "sharing",
    "privacy_portal.people",
    "privacy_portal.digest",
]

MIDDLEWARE = [
    "privacy_portal.monitoring.MonitorMiddleware",
    "privacy_portal.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "privacy_portal.front.refusing.RefusedMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "privacy_portal.ground.ui.errors.NullCharacterMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "privacy_portal.signing_in.idle.IdleMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "privacy_portal.ground.ui.waiting.WaitingMiddleware",
    "privacy_portal.ground.ui.errors.ButtonAddressMiddleware",
]

ROOT_URLCONF = "privacy_portal.urls"
WSGI_APPLICATION = "privacy_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "privacy_portal.ground.ui.environment.environment",
            "loader": ChoiceLoader(
                [
                    FileSystemLoader(BASE_DIR / "templates"),
                    PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
                ]
            ),
            "context_processors": [
                "privacy_portal.context.page",
            ],
            # Mails are plain text; everything else is HTML.
            "autoescape": select_autoescape(disabled_extensions=("txt",), default=True),
        },
    },
    {
        # allauth's own e-mail templates; every page is Jinja2.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "NAME": "django",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

# Connections: a server is named by DATABASE_URL, otherwise the embedded one is used.
DATABASES = {
    "default": database() or {"ENGINE": "privacy_portal.ground.embedded", "NAME": "portal"}
}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "privacy_portal.passwords.strength.GuessingValidator"}]
# The link for a forgotten password works so long (seconds): longer than a mail is tried.
PASSWORD_RESET_TIMEOUT = 4 * 60 * 60
ACCOUNT_ADAPTER = "privacy_portal.signing_in.adapter.StaffAccountAdapter"
ACCOUNT_FORMS = {
    "login": "privacy_portal.passwords.forms.SignInForm",
    "reset_password": "privacy_portal.passwords.forms.AskForLinkForm",
    "user_token": "privacy_portal.passwords.forms.LinkForm",
    "reset_password_from_key": "privacy_portal.passwords.forms.NewPasswordForm",
    "change_password": "privacy_portal.passwords.forms.ChangeForm",
    "reauthenticate": "privacy_portal.passwords.forms.PasswordAgainForm",
}
MFA_ADAPTER = "privacy_portal.signing_in.factors.StaffFactorsAdapter"
MFA_FORMS = {
    "authenticate": "privacy_portal.signing_in.forms.SecondStepForm",
    "reauthenticate": "privacy_portal.signing_in.forms.CodeAgainForm",
    "authenticate_webauthn": "privacy_portal.signing_in.forms.PasskeyForm",
    "login_webauthn": "privacy_portal.signing_in.forms.PasskeyAloneForm",
    "reauthenticate_webauthn": "privacy_portal.signing_in.forms.PasskeyAgainForm",
    "add_webauthn": "privacy_portal.signing_in.forms.AddPasskeyForm",
    "activate_totp": "privacy_portal.signing_in.forms.ConnectAppForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey alone signs in, so the device must know its owner: by finger, face or PIN.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# On this machine alone, without TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EXAMPLE
# The council gives accounts to addresses that it knows.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# The codes of the 30 seconds before and after count too: clocks of telephones are wrong.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Tries to sign in: from one internet address, and with one email address.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,10/5m/key"}
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
# Who does nothing for so long is signed out.
IDLE_SECONDS = number("IDLE_SECONDS", 30 * 60)
# For so long a password or code proves who somebody is, where what matters most asks for it.
PROVE_AGAIN_SECONDS = number("PROVE_AGAIN_SECONDS", 15 * 60)
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
# An OpenID Connect provider of the council's, with which staff can sign in; None: there is none.
SINGLE_SIGN_ON = single_sign_on(plain_http=DEBUG or EXAMPLE)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "staff-home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
# As long as the browser is open, like the session.
CSRF_COOKIE_AGE = None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not (DEBUG or EXAMPLE)
if SESSION_COOKIE_SECURE:
    # No other host and no page without TLS can set these.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
LAST_USER_COOKIE = "__Host-last-user" if SESSION_COOKIE_SECURE else "last-user"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SESSION_COOKIE_SECURE
TRUST_PROXY_HEADERS = env.bool("TRUST_PROXY_HEADERS", False)
if TRUST_PROXY_HEADERS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# What browsers offer to pages, and no page of the portal uses.
FEATURES_NOT_USED = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "screen-wake-lock", "serial", "usb", "web-share", "xr-spatial-tracking",
)  # fmt: skip
# Where to report a weakness (mailto:… or https://…); without one, the data protection officer.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "")
CSRF_FAILURE_VIEW = "privacy_portal.ground.ui.errors.csrf_failure"

# The design system's one inline script is always the same: its hash allows it. A nonce would
# make every answer another one, which no cache could keep (docs/decisions/10).
INLINE_SCRIPT_HASH = "'sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, INLINE_SCRIPT_HASH],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

CACHES = {
    # What all processes must know alike: tries to sign in.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "limits_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Public pages as they were last made, in each process (privacy_portal/ground/public_pages).
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
}
# How long a process may go on with what it knows of changes to public pages.
STAMP_SECONDS = 1.0

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static" / "dist",
    BASE_DIR / "static" / "js",
    BASE_DIR / "static" / "images",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
PRIVATE_DIR = DATA_DIR / "private"

# Limits of an upload; commands read any number of rows.
UPLOAD_MAX_BYTES = number("UPLOAD_MAX_BYTES", 50 * 1024 * 1024)
UPLOAD_MAX_ROWS = number("UPLOAD_MAX_ROWS", 200_000)
MAX_COLUMNS = number("MAX_COLUMNS", 200)
FILE_UPLOAD_HANDLERS = ["privacy_portal.ground.ui.uploads.LimitedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = PRIVATE_DIR / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
# Where ClamAV's daemon listens, which looks at every uploaded file for viruses; None: nobody looks.
CLAMAV_SOCKET = virus_scanner()
CLAMAV_SECONDS = 30

# How long what somebody sends may take to arrive (docs/decisions/07-server.md): BODY_SECONDS and one
# more for each BODY_BYTES_A_SECOND, with no longer pause than BODY_PAUSE_SECONDS. With more than
# BODIES_AT_ONCE arriving at one process, the slowest is given up.
BODY_SECONDS = number("BODY_SECONDS", 120)
BODY_PAUSE_SECONDS = number("BODY_PAUSE_SECONDS", 30)
BODY_BYTES_A_SECOND = number("BODY_BYTES_A_SECOND", 2_000)
BODIES_AT_ONCE = 400
# The largest form without a file.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

RELEASE_HOURS = 24
# H4 A hand-over that makes no progress for so long ends; a decision of a person waits for a lock
# no longer than so, and is then to be sent again.
STALL_SECONDS = number("STALL_SECONDS", 60)
LOCK_SECONDS = number("LOCK_SECONDS", 10)
# Requests that each process of the web server works on at a time, and how many of these may be forms
# that somebody sent: the others are kept for pages, which wait for nobody.
WEB_THREADS = number("WEB_THREADS", 24)
FORMS_AT_ONCE = max(1, WEB_THREADS * 2 // 3)

# What the words of a notice should keep to; editors are told where they do not.
PLAIN_LANGUAGE = {"reading_age": 12, "sentence_words": 25, "passive_percent": 25}

# Every mail waits in the database for the job that sends it: by GOV.UK Notify or EMAIL_URL;
# without either it is kept as a file, shown at /staff/outbox/ in the example.
EMAIL_BACKEND = "privacy_portal.ground.mail.queueing.EmailBackend"
NOTIFY_API_KEY = env.str("NOTIFY_API_KEY", "")
NOTIFY_TEMPLATE_ID = env.str("NOTIFY_TEMPLATE_ID", "")
NOTIFY_URL = "https://api.notifications.service.gov.uk"
if NOTIFY_API_KEY:
    SENDING_BACKEND = "privacy_portal.ground.mail.notify.EmailBackend"
elif env.str("EMAIL_URL", ""):
    EMAIL_CONFIG = mail_server()
    SENDING_BACKEND = EMAIL_CONFIG.pop("EMAIL_BACKEND")
    vars().update(EMAIL_CONFIG)
else:
    SENDING_BACKEND = "privacy_portal.ground.mail.files.EmailBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "outbox")
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "privacy-portal@example.org")
if "<" not in DEFAULT_FROM_EMAIL:  # people see a sender's name before an address
    DEFAULT_FROM_EMAIL = f"Sharing children’s information <{DEFAULT_FROM_EMAIL}>"
# Where links in mails lead: never taken from a request, whose host anyone can make up.
PORTAL_ADDRESS = env.str(
    "PORTAL_ADDRESS", f"http://127.0.0.1:{PORT}" if EXAMPLE else f"https://{ALLOWED_HOSTS[0]}"
)
SUBSCRIBE_LINK_DAYS = 7

# The log's checkpoints and tiles, which any web server may give out; only `log sign` writes there, with a
# key that the web server and the worker need not be able to read.
LOG_FOLDER = Path(env.str("LOG_FOLDER", str(DATA_DIR / "log"))).resolve()
LOG_SIGNING_KEY_FILE = env.str("LOG_SIGNING_KEY_FILE", "")
# The log's name in its first checkpoint, which it keeps.
LOG_ORIGIN = env.str("LOG_ORIGIN", f"{PORTAL_ADDRESS.split('://')[-1].rstrip('/')}/log")
# Keys of witnesses (vkeys), one a line.
LOG_WITNESSES_FILE = env.str("LOG_WITNESSES_FILE", "")
# A hand-over waits so long for its checkpoint, if `log sign` runs.
LOG_PROOF_SECONDS = 3

# Printed letters and uploaded rolls are deleted after so many hours.
LETTER_HOURS = 24
ROLL_HOURS = 24

# How much anyone may send by the public's forms (docs/decisions/24-limits.md). Of one form, from
# one internet address in an hour: FORMS_ALARM and officers are told (FORMS_ALARM_ALL: from all
# together), FORMS_SLOW and people wait a minute and press again, FORMS_STOP and they come back
# later. A school hall of parents sends 2,000, a mobile network as many.
FORMS_ALARM = number("FORMS_ALARM", 1_500)
FORMS_ALARM_ALL = number("FORMS_ALARM_ALL", 5_000)
FORMS_SLOW = number("FORMS_SLOW", 3_000)
FORMS_STOP = number("FORMS_STOP", 6_000)
FORMS_WAIT_SECONDS = 60
# Links mailed at once to one email address, and about one child, in a day; later ones come in one
# mail every few hours (`consent.mail_held_links`), so none is lost.
LINKS_AT_ONCE = number("LINKS_AT_ONCE", 10)
LINKS_AT_ONCE_A_CHILD = number("LINKS_AT_ONCE_A_CHILD", 20)
HELD_LINKS_HOURS = 3
# Receipts of mistakes and complaints that are mailed to one address in a day.
RECEIPTS_A_DAY = 10
# Wrong codes of letters, and wrong references, from one internet address in an hour.
WRONG_GUESSES_AN_HOUR = number("WRONG_GUESSES_AN_HOUR", 500)

# Who is told of an override that no second officer confirmed; unset: auditors and approving officers.
AUDITOR_EMAIL = env.str("AUDITOR_EMAIL", "")
# No answer to a confirmation comes sooner: its time tells nothing of pupils.
CONFIRM_SECONDS = 0.25
# Other deadlines and keeping times are policy: privacy_portal/ground/terms/known.py.

# An amendment (H6): how long its link works, after how many days an organisation is reminded, is
# overdue, and officers are told.
AMENDMENT_LINK_DAYS = 30
AMENDMENT_REMIND_DAYS = (7, 14)
AMENDMENT_OVERDUE_DAYS = 14
AMENDMENT_RAISE_DAYS = 21

# Officers are reminded so many days before a mistake or complaint, or an objection, is due.
REPORT_REMIND_DAYS = 7
OBJECTION_REMIND_DAYS = 7

# An urgent request for data is decided within so many hours; officers are reminded before (Q1).
REQUEST_URGENT_HOURS = 24
REQUEST_URGENT_REMIND_HOURS = 4
REQUEST_REMIND_DAYS = 7

# Jobs: mails and what is due by the clock (privacy_portal/ground/jobs.py and each app's tasks.py).
PROCRASTINATE_IMPORT_PATHS = [
    "privacy_portal.ground.jobs",
    "privacy_portal.ground.mail.alarm_tasks",
    "privacy_portal.log_pages.tasks",
    "privacy_portal.passwords.tasks",
]
PROCRASTINATE_WORKER_DEFAULTS = {"concurrency": 4}

# Security events for a monitor, a line of JSON each: to this file, or to standard error.
SECURITY_LOG = env.str("SECURITY_LOG", str(DATA_DIR / "security.log") if EXAMPLE else "")

# The server's log on standard error: no secret of an address, no row that the database quotes.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"refused": {"()": "privacy_portal.server_log.Refused"}},
    "formatters": {
        "line": {
            "()": "privacy_portal.server_log.Discreet",
            "format": "{asctime} {levelname} {name} [{request_id}]: {message}",
            "style": "{",
        },
        "event": {
            "()": "privacy_portal.server_log.Discreet",
            "format": "{message}",
            "style": "{",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["refused"],
        },
        "security": {
            "formatter": "event",
            **(
                {
                    "class": "privacy_portal.server_log.PrivateFileHandler",
                    "filename": SECURITY_LOG,
                    "encoding": "utf-8",
                    "delay": True,
                }
                if SECURITY_LOG
                else {"class": "logging.StreamHandler"}
            ),
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Django's own handlers would write the same once more, secrets and all.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "privacy_portal.security": {
            "handlers": ["security"],
            "level": "INFO",
            "propagate": False,
        },
    },
}
