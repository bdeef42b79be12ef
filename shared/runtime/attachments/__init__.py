"""Files that people send: examined in a process of their own, stored under random names, handed out by short links."""
