"""One file a type of destination that can be loaded into."""
