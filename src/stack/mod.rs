//! The container stack: what a compose file declares, what the engine has, and what the one is in the other's terms. It
//! changes nothing by itself: the steps of a plan are carried out by `host`.

pub mod compose;
pub mod engine;
pub mod model;
pub mod observed;
