"""What the REST dialect is asked for, read from dirty URLs and bodies."""
