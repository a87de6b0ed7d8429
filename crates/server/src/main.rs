//! Cloakroom, the program: sign-in, accounts, sessions and devices for the apps beside it.

mod config;

mod telemetry;

mod notify;

mod breaches;

mod mark;

mod kept;

mod engine;

mod net;

mod pages;

mod mail;

mod auth_host;

mod app_host;

mod front;

mod import;

mod reload;

mod control;

mod internal;

mod running;

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
