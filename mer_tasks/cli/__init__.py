"""The command line: options and commands that call stages and other packages. The package has no logic of its own."""
