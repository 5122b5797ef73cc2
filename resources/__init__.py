"""Files that ship with the program; read them by importlib.resources."""
