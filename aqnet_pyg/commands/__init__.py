"""The command line: options, and one module a command; every command is a call that a notebook could make."""
