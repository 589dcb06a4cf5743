"""Suggestions of a language model, which the operator of the installation chooses."""
