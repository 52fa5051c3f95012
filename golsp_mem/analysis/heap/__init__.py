"""What a package allocates: calls in its object files joined with the compiler's reasons."""
