//! The checks, one file for each category: what is read there is the whole of a check.

pub mod data;
pub mod docker;
pub mod gpu;
pub mod models;
pub mod network;
pub mod ports;
pub mod security;
pub mod services;
pub mod settings;
pub mod storage;
pub mod system;
