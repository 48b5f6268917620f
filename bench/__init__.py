"""The benchmarks: `python -m bench`. Everything is measured from outside, on real pseudo-terminals and processes."""
