//! The container stack: what a compose file declares, what the engine has, and what the one is in the other's terms. It
//! changes nothing by itself: the steps of a plan are carried out by `host`.

pub mod choice;
pub mod compose;
pub mod container;
pub mod engine;
pub mod excerpt;
pub mod gpu;
pub mod hash;
pub mod labels;
pub mod members;
pub mod model;
pub mod network;
pub mod observed;
pub mod platform;
pub mod reading;
pub mod shared;
pub mod volume;
