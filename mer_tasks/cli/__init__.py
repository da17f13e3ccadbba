"""The command line: options and commands that call stages and packages. Holds no logic of theirs."""
