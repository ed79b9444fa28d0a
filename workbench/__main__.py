# PYTHON_ARGCOMPLETE_OK
"""The program `snn-workbench`, also `python -m workbench`: begins so that Ctrl-C counts at once."""

import signal
import sys

from workbench.util.interrupts import end_now


def main() -> int:
    """Run the command line and return its exit code."""
    before = signal.getsignal(signal.SIGINT)
    # An import that is interrupted would end in a traceback, or in a wrong reason for it.
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_now)
    try:
        from workbench.cli.main import main as run
    finally:
        signal.signal(signal.SIGINT, before)
    return run()


if __name__ == "__main__":
    sys.exit(main())
