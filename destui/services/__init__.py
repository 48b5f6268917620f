"""Use cases as plain functions, called by the interface and the command line alike."""
