package main

var shapes = []struct {
	name string
	run  func() string
}{
	{"FixedReturn", FixedReturn},
	{"FixedDeclared", FixedDeclared},
	{"FixedAssigned", FixedAssigned},
	{"FixedTested", FixedTested},
	{"FixedCompared", FixedCompared},
	{"FixedTwoResults", FixedTwoResults},
	{"FixedBlank", FixedBlank},
	{"FixedReturnTwo", FixedReturnTwo},
	{"FixedNamed", FixedNamed},
	{"FixedKeptNumber", FixedKeptNumber},
	{"FixedErrno", FixedErrno},
	{"FixedErrnoTwo", FixedErrnoTwo},
	{"FixedErrnoTested", FixedErrnoTested},
	{"KeptErrnoMeansMore", KeptErrnoMeansMore},
	{"FixedField", FixedField},
	{"FixedEmbedded", FixedEmbedded},
	{"FixedInLoop", FixedInLoop},
	{"FixedShadowedNames", FixedShadowedNames},
	{"FixedStat", FixedStat},
	{"KeptRead", KeptRead},
	{"KeptLock", KeptLock},
	{"KeptTwoUses", KeptTwoUses},
	{"KeptReleasing", KeptReleasing},
	{"KeptOtherUseOfErrno", KeptOtherUseOfErrno},
	{"KeptDeferred", KeptDeferred},
}
