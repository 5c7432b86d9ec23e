"""Which neurons share a core, and where each core sits: methods that search for it."""
