"""A proof's look at both servers, and its pods: made, waited for, read, and taken away again."""
