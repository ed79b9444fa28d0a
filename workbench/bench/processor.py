"""What figures were measured on."""

from __future__ import annotations

import platform
import subprocess
from contextlib import suppress
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


def processor_name() -> str:
    """Return the processor's name as its maker writes it, or that of its architecture."""
    found = ""
    with suppress(OSError, subprocess.SubprocessError):
        if platform.system() == "Darwin":
            asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            found = subprocess.run(
                asked, capture_output=True, text=True, check=True, timeout=5
            ).stdout
        elif platform.system() == "Linux":
            text = _CPUINFO.read_text("utf-8", "replace")
            keys = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
            found = {key.strip(): value for key, value in keys.items()}.get("model name", "")
    return " ".join((found or platform.processor() or platform.machine()).split())
