"""The secrets that the tests use, recorded while they run and searched afterwards in all that the service wrote."""
