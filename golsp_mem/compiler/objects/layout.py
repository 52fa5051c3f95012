"""The layout of the Go object file: its blocks, their records, its numbers.

Sources: cmd/internal/goobj/{objfile,funcinfo}.go of GOROOT/src, equal in Go 1.20 to 1.27 for all
that is read here (magic ``\\x00go120ld``).
"""

from __future__ import annotations

import re
import struct

MAGIC = b"\x00go120ld"

# Blocks of the header's offset table that are read here (objfile.go, BlkAutolib...).
PKG_INDEX, FILES, SYMBOLS = 1, 2, 3
RELOC_INDEX, AUX_INDEX, DATA_INDEX = 11, 12, 13
RELOCS, AUX, DATA, REF_NAMES, END = 14, 15, 16, 17, 18

SYMBOL_SIZE, RELOC_SIZE, AUX_SIZE, REF_NAME_SIZE, INLINE_NODE_SIZE = 21, 23, 9, 16, 24

# Symbol references by package index (objfile.go, PkgIdxNone...).
PKG_NONE = 0x7FFFFFFF
PKG_HASHED64, PKG_HASHED, PKG_BUILTIN, PKG_SELF = (PKG_NONE - n for n in range(1, 5))

# Auxiliary symbols (objfile.go, AuxGotype...); the numbers up to pcdata never moved.
AUX_FUNC_INFO, AUX_PCSP, AUX_PCFILE, AUX_PCLINE, AUX_PCINLINE = 1, 7, 8, 9, 10

# Kinds of symbols with code: STEXT, since 1.24 STEXTFIPS, before data (objabi/symkind.go).
TEXT_KIND = re.compile(rb"[\x01\x02]")
KIND_OF_SYMBOL = 10
TABLES = (AUX_PCSP, AUX_PCFILE, AUX_PCLINE, AUX_PCINLINE)

HEADER = struct.Struct("<8s8sI19I")
PAIR = struct.Struct("<II")
INDEX = struct.Struct("<I")
NAME_OF_SYMBOL = struct.Struct(f"<II{SYMBOL_SIZE - 8}x")
RELOC = struct.Struct("<iBHqII")
RELOC_PLACE = struct.Struct("<iBHq8x")
RELOC_REFERENCE = struct.Struct("<15xII")
AUX_ENTRY = struct.Struct("<BII")
REF_NAME = struct.Struct("<IIII")
INLINE_NODE = struct.Struct("<iIiIIi")
FUNC_INFO = struct.Struct("<IIBBHiI")

ABI_INTERNAL = 1
