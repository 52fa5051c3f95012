package main

var shapes = []struct {
	name string
	run  func() string
}{
	{"FixedKeyed", FixedKeyed},
	{"FixedPositional", FixedPositional},
	{"FixedSpread", FixedSpread},
	{"FixedNumbered", FixedNumbered},
	{"FixedAssigned", FixedAssigned},
	{"FixedAttached", FixedAttached},
	{"FixedByValue", FixedByValue},
	{"FixedBorrower", FixedBorrower},
	{"KeptClosing", KeptClosing},
	{"KeptClosingLater", KeptClosingLater},
	{"KeptCompared", KeptCompared},
	{"KeptKey", KeptKey},
	{"KeptSetAgain", KeptSetAgain},
	{"KeptLaidOut", KeptLaidOut},
	{"KeptNumber", KeptNumber},
	{"KeptPackageNumber", KeptPackageNumber},
	{"SoundHeld", SoundHeld},
}
