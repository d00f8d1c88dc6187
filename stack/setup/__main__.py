"""`python3 -m stack.setup [--dev]`: makes this checkout ready to run, or to be tested, on a bare machine.

Owns only the refusal of a Python too old to read the rest; `steps.py` does the work.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python reads first
    sys.exit(
        "setup: Python {}.{} is too old, 3.11 or newer is needed\n"
        "  remedy: apt install python3.11 python3.11-venv, then PYTHON=python3.11 scripts/setup".format(
            *sys.version_info
        )
    )

from stack.setup.steps import main

sys.exit(main())
