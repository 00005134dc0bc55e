"""``python -m readylint``."""

import sys

from readylint.cli import main

if __name__ == "__main__":
    sys.exit(main())
