"""Which static files a deployment collects."""

from django.contrib.staticfiles import apps


class StaticFilesConfig(apps.StaticFilesConfig):
    """Leaves out what drf-spectacular-sidecar has beside the two files that we use: 19 of 33 MB."""

    ignore_patterns = (
        *apps.StaticFilesConfig.ignore_patterns,
        "redoc",
        "oauth2-redirect.*",
        "swagger-ui-bundle.js.map",  # the style sheet names its own, which must be there
        "swagger-ui-standalone-preset.*",
    )
