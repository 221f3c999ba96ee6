"""A stack file to begin with: what is asked, what is read instead, and the file that comes of both."""
