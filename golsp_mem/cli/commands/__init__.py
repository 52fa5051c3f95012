"""One file per command; `golsp_mem.cli.main` has their list."""
