"""One package after an edit, for the price of one compile by plan."""
