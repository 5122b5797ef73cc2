"""The window's panels: what stands around the charts. They show view models and emit what the user wants."""
