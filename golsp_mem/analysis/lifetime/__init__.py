"""How long values live: owners that die before what they own is used, KeepAlive, cleanups."""
