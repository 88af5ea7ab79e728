//! What will be changed, and why.
