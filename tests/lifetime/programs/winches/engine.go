package main

/*
#include <stdlib.h>

typedef struct { int open; int value; } motor;

static motor *motor_new(int value) {
	motor *m = malloc(sizeof(motor));
	m->open = 1;
	m->value = value;
	return m;
}
static void motor_free(motor *m) { m->open = 0; }
static motor *motor_destroy(motor *m) { m->open = 0; return 0; }
static int motor_forget(motor *m) { return m ? -1 : 0; }
static int *motor_load(motor *m) { return calloc(1, sizeof(int)); }
static void motor_load_free(motor *m, int *load) { free(load); }
static int motor_run(motor *m, int by) { return m->open ? m->value + by : -1; }
*/
import "C"

import (
	"errors"
	"runtime"
)

// motor owns one of C.
type motor struct {
	c    *C.motor
	runs int
}

func newMotor(value int) *motor {
	m := &motor{c: C.motor_new(C.int(value))}
	runtime.SetFinalizer(m, func(m *motor) {
		if m.c != nil {
			C.motor_free(m.c)
		}
	})
	return m
}

func result(n C.int) error {
	if n < 0 {
		return errors.New("freed")
	}
	return nil
}

// shape fail motor-receiver
func (m *motor) run(by int) error {
	c := m.c
	collect()
	return result(C.motor_run(c, C.int(by)))
}

var _ = add("motor-receiver", func() error { return newMotor(1).run(2) })

// shape fail motor-local
var _ = add("motor-local", func() error { return motorLocal() })

func motorLocal() error {
	m := newMotor(1)
	c := m.c
	collect()
	n := C.motor_run(c, 3)
	return result(n)
}

// shape sound motor-counts
func (m *motor) counted(by int) error {
	c := m.c
	collect()
	n := C.motor_run(c, C.int(by))
	m.runs++
	return result(n)
}

var _ = add("motor-counts", func() error { return newMotor(1).counted(2) })

// shape sound motor-asked-again
func (m *motor) both(by int) error {
	c := m.c
	collect()
	return summed(C.motor_run(c, C.int(by)), m.counts())
}

var _ = add("motor-asked-again", func() error { return newMotor(1).both(2) })

func (m *motor) counts() int { return m.runs }

//go:noinline
func summed(n C.int, runs int) error { return result(n + C.int(runs)) }

// shape sound motor-stopped
var _ = add("motor-stopped", func() error { return motorStopped() })

func motorStopped() error {
	m := newMotor(1)
	c := m.c
	collect()
	err := result(C.motor_run(c, 3))
	runtime.SetFinalizer(m, nil)
	C.motor_free(m.c)
	return err
}

// shape sound motor-frees-loads
var _ = add("motor-frees-loads", func() error { return newMotor(1).loads() })

func (m *motor) loads() error {
	defer runtime.KeepAlive(m)
	first := C.motor_load(m.c)
	defer C.motor_load_free(m.c, first)
	second := C.motor_load(m.c)
	defer C.motor_load_free(m.c, second)
	collect()
	return result(C.motor_run(m.c, 1))
}

// shape sound motor-set-by-destroy
var _ = add("motor-set-by-destroy", func() error { return newMotor(1).destroyed() })

func (m *motor) destroyed() error {
	runtime.SetFinalizer(m, nil)
	m.c = C.motor_destroy(m.c)
	return result(C.motor_forget(m.c))
}
