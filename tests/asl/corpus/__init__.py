"""Right definitions as files, and wrong ones that differ from a right one in one place each."""
