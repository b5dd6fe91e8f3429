"""`python -m ops`."""

import sys

from .command import main

sys.exit(main())
