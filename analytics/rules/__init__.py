"""Alert rules: their text, their meaning, and their state tick by tick."""
