//! What can be recorded.
