"""The types of destination, one file each. See `registry` for how they are found."""
