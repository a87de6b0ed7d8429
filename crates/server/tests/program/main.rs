//! The program itself: started, talked to, killed.

#![cfg(test)]

mod browser;

mod world;

mod program;

mod upstream;

mod signing_in;

mod hand_off;

mod proxying;

mod freshness;

mod following;

mod hosts;

mod stores;

mod commands;

mod operating;

mod letters;

mod tls;

mod edges;

mod hostile;

#[cfg(target_os = "linux")]
mod kept;

#[cfg(target_os = "linux")]
mod surroundings;

mod killing;

mod fleet;

mod apart;

mod moving;
