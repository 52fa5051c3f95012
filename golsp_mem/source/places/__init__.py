"""Which construct stands at a place that the compiler names."""
