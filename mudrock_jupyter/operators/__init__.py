"""What a node can do: operators, their declaration and their registry."""
