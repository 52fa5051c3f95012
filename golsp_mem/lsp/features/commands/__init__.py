"""The commands `golsp-mem.*`."""
