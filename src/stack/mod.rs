//! The container stack: what a compose file declares, what the engine has, and what it takes to get from one to the
//! other. It changes nothing by itself: the steps of a plan are carried out by `host`.

pub mod compose;
