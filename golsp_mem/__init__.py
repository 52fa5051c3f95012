"""golsp-mem: the truth about memory in Go code, where it is written."""

__version__ = "0.1.0"
