"""Programs that run in processes of their own. They use the standard library and each other alone."""
