//! What recorded events mean.
