"""Runs `datacube doctor`."""

from datacube.doctor import examination

if __name__ == "__main__":
    examination.main()
