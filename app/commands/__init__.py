"""The commands' bodies: plain functions that take parsed values. Only `desk` and `screenshot` import Qt."""
