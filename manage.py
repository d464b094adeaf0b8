#!/usr/bin/env python
"""Django's command line: `manage.py help` lists what can be done."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsystem.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # It names the variable and the mend; where in our code it was read is nobody's business.
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(2)
