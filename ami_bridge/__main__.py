"""`python -m ami_bridge`: exit 0 when told to stop, 2 when settings or office cannot be used."""

import sys

import uvloop

from ami_bridge.app import run
from ami_bridge.errors import SettingsRefusedError
from ami_bridge.logs import start_logging
from ami_bridge.settings import read_settings
from office.problems import OfficeRefusedError


def main() -> int:
    """Run the bridge; returns the exit code."""
    start_logging()
    try:
        uvloop.run(run(read_settings()))
    except (SettingsRefusedError, OfficeRefusedError) as error:
        sys.stderr.write(f"ami_bridge: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
