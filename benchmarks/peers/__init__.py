"""Other people's charts on the same ticks."""
