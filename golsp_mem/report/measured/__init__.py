"""What profiles and benchmarks counted, beside the findings."""
