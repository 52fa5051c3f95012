package main

import "time"

func wait() { time.Sleep(time.Millisecond) }
