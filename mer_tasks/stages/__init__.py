"""The stages, each in a module with its name. A stage never imports another; what two need lies in a package below."""
