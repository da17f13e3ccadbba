"""The landing zone: listing it, reading annotation files, copying music into it, and watching it. Never decodes audio."""
