//! The handlers, one file for each part of the API. They take requests apart, call the part that knows, and
//! put answers together; they hold no knowledge of their own.

pub mod auth;
pub mod documents;
pub mod health;
pub mod page;
pub mod rag;
