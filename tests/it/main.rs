//! The program from outside: the real binary, over its command line and over HTTP, with the real parts around
//! it that the machine has. One binary, so that the whole suite links once.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and tells its seed")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod badconfig;
mod corpus;
mod crash;
mod disk;
mod doctor_docker;
mod doctor_services;
mod extract;
mod guard;
mod hostile;
mod install;
mod install_interrupted;
mod install_prompts;
mod install_service;
mod layers;
mod model;
mod page;
mod readme;
