"""Where calls without a name may lead."""
