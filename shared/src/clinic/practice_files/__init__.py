"""A practice as a directory of files: read with every fault named, or made up for a demonstration."""
