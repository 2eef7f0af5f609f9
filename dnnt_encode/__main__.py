"""`python -m dnnt_encode` is the command `dnnt`."""

from dnnt_encode.cli.main import main

if __name__ == "__main__":
    main()
