//! Database servers for tests: real ones, started on free ports from the machine's own binaries, and gone with the process that started them.

mod binaries;

mod keeper;

pub mod postgres;

pub mod pgbouncer;

pub mod redis;

pub mod redis_sentinel;

pub mod redis_cluster;
