"""The version, in the one place where it is written: of the Python package and of the plugin."""

VERSION = "0.1.0"
