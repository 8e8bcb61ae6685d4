"""The two faces as Flask applications."""
