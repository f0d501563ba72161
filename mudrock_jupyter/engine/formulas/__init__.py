"""Row operators as programs for a small machine that works on blocks of samples.

DataFusion computes the same expressions; it takes a pass over memory for each operation, and many
for a condition (docs/decisions/0010). Here a block of a few hundred samples stays in the
processor's cache while all operations are done on it.
"""
