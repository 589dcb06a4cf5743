"""Events of the payment provider."""
