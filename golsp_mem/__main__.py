"""``python -m golsp_mem``."""

import sys

from golsp_mem.cli.main import main

sys.exit(main())
