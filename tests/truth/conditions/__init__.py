"""Each condition text on both sides of its boundary: small functions that are run and compared."""
