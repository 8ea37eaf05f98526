//! A server that answers as it is told, and names that lead where they are told.
