"""What the window shows, as rows and texts: the desk's columns and logs on one side, widgets on the other."""
