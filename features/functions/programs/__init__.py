"""The program that confines itself and becomes Deno, and the script that Deno runs. Standard library alone."""
