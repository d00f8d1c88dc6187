"""`python -m ivr.phone`: exit 0 when told to stop, 2 when settings or office cannot be used."""

import os
import sys

from ivr.phone.app import run
from ivr.phone.logs import start_logging
from ivr.phone.settings import SettingsRefusedError, read_settings
from office.problems import OfficeRefusedError


def main() -> int:
    """Run the extension; returns the exit code."""
    start_logging()
    os.umask(0o077)  # events and recordings are nobody else's
    try:
        run(read_settings())
    except (SettingsRefusedError, OfficeRefusedError) as error:
        sys.stderr.write(f"ivr.phone: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
