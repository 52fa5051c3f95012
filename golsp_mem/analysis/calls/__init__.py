"""What a call allocates with all that it calls, from the object files of a program."""
