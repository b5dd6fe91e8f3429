"""The languages inside of the language: paths, intrinsic functions, the context object, JSONata."""
