// Package native wraps a C library with handles.
package native

/*
#include <stdlib.h>

typedef struct { int open; int value; } engine;

static engine *engine_new(int value) {
	engine *e = malloc(sizeof(engine));
	e->open = 1;
	e->value = value;
	return e;
}
static void engine_free(engine *e) { e->open = 0; }
static int engine_run(engine *e, int by) { return e->open ? e->value + by : -1; }
static int engine_value(engine *e) { return e->open ? e->value : -1; }
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"
)

// ErrFreed is returned by a freed engine.
var ErrFreed = errors.New("freed")

// Engine owns a C engine.
type Engine struct {
	ptr  *C.engine
	runs int
}

// New makes one.
func New(value int) *Engine {
	e := &Engine{ptr: C.engine_new(C.int(value))}
	runtime.SetFinalizer(e, (*Engine).free)
	return e
}

func (e *Engine) free() {
	if e.ptr != nil {
		C.engine_free(e.ptr)
		e.ptr = nil
	}
}

// Value asks twice.
func (e *Engine) Value(meanwhile func()) (int, error) {
	defer runtime.KeepAlive(e)
	p := e.ptr
	meanwhile()
	if v := int(C.engine_value(p)); v >= 0 {
		return v, nil
	}
	return 0, ErrFreed
}

// Pointer is the C engine.
func (e *Engine) Pointer() unsafe.Pointer { return unsafe.Pointer(e.ptr) }

// Peek asks a C engine.
func Peek(p unsafe.Pointer) error {
	if C.engine_value((*C.engine)(p)) < 0 {
		return ErrFreed
	}
	return nil
}
