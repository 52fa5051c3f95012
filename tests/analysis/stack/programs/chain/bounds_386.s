#include "textflag.h"

// func stackBounds() (low, high uintptr)
TEXT ·stackBounds(SB), NOSPLIT, $0-8
	MOVL (TLS), CX
	MOVL 0(CX), AX
	MOVL AX, low+0(FP)
	MOVL 4(CX), AX
	MOVL AX, high+4(FP)
	RET
