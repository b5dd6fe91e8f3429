"""The number of the next version, of the package and of the plugin. A git tag says that it is released."""

VERSION = "0.1.0"
