# For hands that type `make`; ./dev is the command.
.PHONY: up test

up:
	@exec ./dev up

test:
	@exec ./dev test
