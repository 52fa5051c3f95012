"""What goes wrong with finalizers, cleanups and what they release, whoever is live."""
