//! The only place that changes the machine: files, directories, and the service that keeps the server
//! running. What is changed and why is decided elsewhere; every change has a form that can be printed before
//! it is made ([`action::Action`]).

pub mod action;
pub mod attach;
pub mod build;
pub mod command;
pub mod contained;
pub mod containers;
mod database;
pub mod docker;
pub mod exchange;
pub mod files;
pub mod gpu;
pub mod images;
pub mod json;
pub mod kernel;
pub mod lock;
pub mod log;
pub mod models;
pub mod mount;
pub mod registry;
pub mod service;
pub mod supervisor;
pub mod systemd;
pub mod teardown;
pub mod terminal;
