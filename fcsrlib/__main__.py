"""``python -m fcsrlib`` is the command ``fcsr``."""

import sys

from fcsrlib.cli import main

if __name__ == "__main__":
    sys.exit(main())
