//! The program from outside: the real binary, over its command line and over HTTP, with the real parts around
//! it that the machine has. One binary, so that the whole suite links once.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and tells its seed")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod badconfig;
mod bundle;
mod bundle_hard;
mod bundle_planted;
mod compose;
mod corpus;
mod crash;
mod disk;
mod doctor;
mod doctor_interrupted;
mod doctor_settings;
mod doctor_docker;
mod doctor_storage;
mod doctor_network;
mod doctor_ports;
mod doctor_gpu;
mod doctor_models;
mod doctor_data;
mod doctor_system;
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
mod server_log;
mod stack_alike;
mod stack_down;
mod stack_drawn;
mod stack_failures;
mod stack_home;
mod stack_interrupted;
