"""How much is made: lengths, sizes of blocks, order of fields."""
