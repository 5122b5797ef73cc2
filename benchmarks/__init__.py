"""Each figure beside its peer, taken in turn in one run."""
